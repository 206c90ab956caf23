/** How far a request had come. Only one that never got a connection is proven to have reached nobody. */
export type Phase = 'connecting' | 'waiting' | 'answering';

/** There is no (whole) answer, for a reason below HTTP. The cause is the socket's error, if it had one. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure';

  constructor(
    readonly phase: Phase,
    readonly code: string,
    cause?: unknown,
  ) {
    super(`${code} while ${phase}`, { cause });
  }
}
