const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The names in a text's `${env:NAME}` references. */
export function envNames(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name]) => name ?? []);
}

/** The text with every `${env:NAME}` replaced; `null` when one of them is not set. Never store or log the answer. */
export function resolveEnv(text: string, env: (name: string) => string | undefined): string | null {
  if (envNames(text).some((name) => env(name) === undefined)) return null;
  return text.replace(REFERENCE, (_, name: string) => env(name) ?? '');
}
