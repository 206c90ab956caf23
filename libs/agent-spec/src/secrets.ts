/** Shapes of credentials that providers publish. Found by shape, so that a value never has to be known. */
const SECRET_SHAPES = [
  /(?<![A-Za-z0-9_-])sk-(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{12,}/g, // OpenAI, Anthropic, OpenRouter
  /(?<![A-Za-z0-9])xox[a-z]-[A-Za-z0-9-]{8,}/g, // Slack tokens
  /(?<![A-Za-z0-9])xapp-[A-Za-z0-9-]{8,}/g,
  /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{16,}/g,
  /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{16,}/g,
  /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}/g,
  /(?<![A-Za-z0-9])lin_(?:api|oauth)_[A-Za-z0-9]{16,}/g,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g, // JSON Web Tokens
  /hooks\.slack\.com\/services\/[A-Za-z0-9/]{16,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*/g,
] as const;

export interface SecretPlace {
  offset: number;
  length: number;
}

/** Where a text holds what looks like a credential, first to last. */
export function findSecrets(text: string): readonly SecretPlace[] {
  return SECRET_SHAPES.flatMap((shape) =>
    [...text.matchAll(shape)].map((match) => ({ offset: match.index, length: match[0].length })),
  ).toSorted((a, b) => a.offset - b.offset);
}

/** The same text, as long as before, with every credential replaced by dots. */
export function maskSecrets(text: string): string {
  return SECRET_SHAPES.reduce(
    (masked, shape) => masked.replace(shape, (found) => found.replace(/[^\n]/g, '•')),
    text,
  );
}
