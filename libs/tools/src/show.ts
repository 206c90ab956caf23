const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu;

/** One line that shows every character: no line break, no turned or hidden text. */
export function inOneLine(text: string): string {
  return text.replace(INVISIBLE, visible);
}

/** A value as JSON on one line, for a comparison. */
export function asJson(value: unknown): string {
  return inOneLine(JSON.stringify(value) ?? 'nothing');
}

/** A value for a card: text as it is, anything with parts as indented JSON. */
export function forCard(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value, null, 2);
  return String(value);
}

function visible(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
