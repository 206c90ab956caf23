/** `ENOENT` and its like, of an error that the system gave; empty for any other. */
export function errorCodeOf(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
