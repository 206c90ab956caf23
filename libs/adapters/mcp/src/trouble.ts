import { AppError } from '@openloop/kernel';

/**
 * Nothing has left this machine: a write has certainly not happened.
 * The reason continues the server's name: `refuses the connection`.
 */
export function notSent(reason: string): AppError {
  return new AppError('unavailable', 'mcp.not_sent', reason);
}

/** Something left, and what came back is no answer to it. */
export function badAnswer(reason: string): AppError {
  return new AppError('unavailable', 'mcp.bad_answer', reason);
}

/** The error of ours inside whatever the client library made of it. */
export function ourError(error: unknown): AppError | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    if (each instanceof AppError) return each;
  }
  return null;
}
