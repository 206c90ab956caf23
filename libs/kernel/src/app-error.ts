/**
 * What went wrong, seen from the caller. Each kind maps to one HTTP status and one CLI exit code.
 *
 * `blocked` is a truthful refusal by policy or budget; `unavailable` is a dependency that is away.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'blocked'
  | 'unavailable'
  | 'bug';

export interface AppErrorOptions {
  details?: Record<string, unknown>;
  /** The next step for whoever reads the message. */
  hint?: string;
  cause?: unknown;
}

/**
 * The only error class. `code` is what programs match on and never changes once released;
 * `message` is for people and may.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly details: Record<string, unknown>;
  readonly hint: string | undefined;

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    { details = {}, hint, cause }: AppErrorOptions = {},
  ) {
    super(message, { cause });
    this.details = details;
    this.hint = hint;
  }
}

/** For states the types rule out. */
export function assertNever(value: never): never {
  throw new AppError('bug', 'kernel.unreachable', `Unexpected value: ${JSON.stringify(value)}`);
}

/** The words of any thrown value. Never shown to a caller unless the thrower is ours. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
