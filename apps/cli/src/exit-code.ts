import { AppError, type ErrorKind } from '@openloop/kernel';

/** Documented and stable: scripts go by them. */
export const EXIT = {
  ok: 0,
  /** A truthful "no": differences found, chain broken, run failed. */
  no: 1,
  usage: 2,
  invalidConfig: 3,
  notAllowed: 4,
  notFound: 5,
  conflict: 6,
  unavailable: 7,
  blocked: 8,
  timeout: 124,
  interrupted: 130,
} as const;

const EXIT_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: EXIT.usage,
  unauthenticated: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  not_found: EXIT.notFound,
  conflict: EXIT.conflict,
  gone: EXIT.conflict,
  blocked: EXIT.blocked,
  unavailable: EXIT.unavailable,
  bug: EXIT.unavailable,
};

const EXIT_OF_CODE: ReadonlyMap<string, number> = new Map([
  ['cli.config_invalid', EXIT.invalidConfig],
  ['cli.interrupted', EXIT.interrupted],
  ['cli.timeout', EXIT.timeout],
  ['client.too_old', EXIT.unavailable],
]);

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AppError)) return EXIT.unavailable;
  return EXIT_OF_CODE.get(error.code) ?? EXIT_OF_KIND[error.kind];
}

/** The command was called in a way that cannot work. */
export function wrongUsage(message: string, hint: string): AppError {
  return new AppError('invalid', 'cli.usage', message, { hint });
}

export function interrupted(message: string, hint: string): AppError {
  return new AppError('blocked', 'cli.interrupted', message, { hint });
}
