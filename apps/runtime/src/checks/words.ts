import { AppError } from '@openloop/kernel';
import { failed, type Check } from '@openloop/surfaces';

/** An error of ours says itself what to do; any other is shown without its words, which may quote an address or a key. */
export function failedBy(name: string, error: unknown): Check {
  if (error instanceof AppError) return failed(name, error.message, error.hint ?? 'Try again in a minute');
  return failed(
    name,
    `it could not be looked at (${reasonOf(error)})`,
    'Try again; the server’s log may say more',
  );
}

/** `fetch failed` says nothing: the cause has the code. Never the error’s own words. */
export function reasonOf(error: unknown): string {
  const name = textOf(error, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer in time';
  return codeIn(error) ?? name ?? 'unknown reason';
}

const MOST_CAUSES = 5;

/** The system's code, of the error or of what caused it. */
function codeIn(error: unknown): string | undefined {
  let each = error;
  for (let depth = 0; depth < MOST_CAUSES; depth += 1) {
    const code = textOf(each, 'code');
    if (code) return code;
    each = typeof each === 'object' && each !== null && 'cause' in each ? each.cause : undefined;
  }
  return undefined;
}

function textOf(value: unknown, key: 'name' | 'code'): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Reflect.get(value, key);
  return typeof text === 'string' ? text : undefined;
}

export function listed(names: readonly string[]): string {
  return names.join(', ');
}
