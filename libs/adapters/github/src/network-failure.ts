import { neverConnected, rootCauses } from '@openloop/kernel';

export function networkWords(error: unknown): string {
  const [cause] = rootCauses(error);
  if (!cause) return 'The connection to GitHub failed';
  if (cause.name === 'TimeoutError') return 'GitHub did not answer in time';
  if (cause.name === 'AbortError') return 'The request to GitHub was cancelled on the way';
  return neverConnected(error)
    ? `GitHub could not be reached (${cause.code})`
    : `The connection to GitHub broke off${cause.code ? ` (${cause.code})` : ''}`;
}
