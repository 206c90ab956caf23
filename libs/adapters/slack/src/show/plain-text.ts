import { showPlainly } from '@openloop/surfaces';

/** What Unicode lets a font draw as nothing, and the one pattern without dots; an emoji's own selector is not meant. */
const INVISIBLE = /(?!\u{FE0F})[\p{Default_Ignorable_Code_Point}\u{2800}]/gu;
/** An emoji's own selector is left where an emoji stands before it. */
const STRAY_SELECTOR = /(?<!\p{Emoji})\u{FE0F}/gu;
const LONE_SURROGATE = /\p{Cs}/gu;
const CARRIAGE_RETURN = /\r\n/g;

/** Everything that cannot be seen, made visible. Newlines and tabs stay. Applied twice it changes nothing more. */
export function plain(text: string): string {
  return showPlainly(text.replace(CARRIAGE_RETURN, '\n'))
    .replace(INVISIBLE, visible)
    .replace(STRAY_SELECTOR, visible)
    .replace(LONE_SURROGATE, visible);
}

/** {@link plain}, in one line. */
export function oneLine(text: string): string {
  return plain(text).replace(/\s+/gu, ' ').trim();
}

/** At most `most` UTF-16 units, as Slack may count them; never half a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${whole(text.slice(0, Math.max(most - 1, 0)))}…`;
}

/** Without the first half of a pair whose second half was cut off. */
export function whole(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

function visible(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16)}}`;
}
