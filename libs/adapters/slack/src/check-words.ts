import { AppError, messageOf, type Secret } from '@openloop/kernel';
import { failed, type Check } from '@openloop/surfaces';

/** The answer, or the check that says why there is none. */
export async function attempt<T>(
  name: string,
  ask: () => Promise<T>,
): Promise<{ answer: T } | { check: Check }> {
  try {
    return { answer: await ask() };
  } catch (error) {
    const hint = error instanceof AppError ? error.hint : undefined;
    return { check: failed(name, messageOf(error), hint ?? 'Try again in a minute') };
  }
}

const KIND_CHARS = 5;
const SHOWN_CHARS = 3;
const LEAST_CHARS = 24;

/** Enough of a token to tell it from another: `xoxb-…4f2`. */
export function ended(token: Secret): string {
  const text = token.reveal();
  return text.length < LEAST_CHARS ? 'the token' : `${text.slice(0, KIND_CHARS)}…${text.slice(-SHOWN_CHARS)}`;
}
