const SHOWN = '[secret]';
/** Shorter texts are in half of all answers by chance. */
const SHORTEST = 6;

/** Takes what we sent as a secret out of what came back, so that no server can hand our token to a model or a log. */
export type Mask = (text: string) => string;

export function maskOf(secrets: readonly string[]): Mask {
  const long = secrets.filter((secret) => secret.length >= SHORTEST);
  // In JSON a quote or a backslash of it is written with an escape.
  const forms = [...new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))];
  return (text) => forms.reduce((masked, form) => masked.replaceAll(form, SHOWN), text);
}
