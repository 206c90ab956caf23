import { AppError } from '@openloop/kernel';

/** What may be told of a tool's failure: its words when it chose them; a stray error may hold a secret. */
export function wordsFor(error: unknown): string {
  return error instanceof AppError ? error.message : 'The tool failed';
}
