/** One labelled line. Plain text: each surface escapes it for itself. */
export interface CardLine {
  label: string;
  value: string;
}

/** A message about something held, neutral of how a surface draws it. Made from rows, never by a model. */
export interface Card {
  /** `state` and `summary` in one line of at most 150 characters. */
  headline: string;
  /** `⏳ Approval required:`. */
  state: string;
  /** What the tool says it would do. */
  summary: string;
  /** Until when it can be decided; `null` when that is over. */
  expiresAt: Date | null;
  /** Who is asked, and what the run has cost so far; the outcome once there is one. */
  context: readonly string[];
  lines: readonly CardLine[];
  args: readonly CardLine[];
  diff?: string;
  /** The agent's words, attributed and unverified. */
  statedReason?: string;
  /** In one line: the reference, then who is asked or what came of it. For surfaces without `context`. */
  footer: string;
  /** `apr_7Q2M9K8X · 0a1b2c3d4e`: the id that people type, and the start of the digest that is decided on. */
  reference: string;
  /** Where what was done can be seen; `null` until then. */
  resultUrl: string | null;
  /** False when a value could not be shown whole: such a card offers no Approve. */
  inspectable: boolean;
}

const CARD_TEXT_LIMIT = 20_000;

/** Control, bidirectional and zero-width characters made visible as `\u{…}`; newlines and tabs stay. */
export function showPlainly(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu, (char) =>
    char === '\n' || char === '\t' ? char : `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}

/** Whether everything fits a card whole. */
export function isInspectable(lines: readonly CardLine[], diff = ''): boolean {
  const size = lines.reduce((sum, { label, value }) => sum + label.length + value.length, diff.length);
  return size <= CARD_TEXT_LIMIT;
}
