import type { MrkdwnElement, PlainTextElement, RichTextText } from '@slack/types';

import { cut, oneLine } from './plain-text.js';

/** What Slack asks to escape wherever it reads mrkdwn: without `<` there is no mention, no link and no date. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text for the places that are mrkdwn whatever one does, such as notifications. 1 to `most` characters. */
export function fallbackText(text: string, most: number): string {
  const shown = oneLine(text);
  let left = most;
  let fitting = escapeMrkdwn(cut(shown, left));
  while (fitting.length > most) {
    left -= Math.ceil((fitting.length - most) / LONGEST_ESCAPE);
    fitting = escapeMrkdwn(cut(shown, left));
  }
  return fitting === '' ? '…' : fitting;
}

const LONGEST_ESCAPE = '&amp;'.length;
/** Letters, digits and the few marks that mean nothing to mrkdwn, whichever way they are put together. */
const TAME = /^[\p{L}\p{N}@#][\p{L}\p{N} ,.()/#-]*(?::[\p{L}\p{N} ,.()/#-]*)?$/u;
/** What some Slack clients take for a link or a call to everybody, however it was sent. */
const CATCHY = /\/\/|\p{L}\.\p{L}{2,}(?=[/ ]|$)|@(?:here|channel|everyone|group)/iu;

/**
 * A label above a value. Bold labels need mrkdwn, in which a value could dress itself up: one that could is shown as
 * plain text, label and all.
 */
export function labelled(label: string, value: string): MrkdwnElement | PlainTextElement {
  const isTame = [label, value].every((text) => TAME.test(text) && !CATCHY.test(text));
  if (isTame) return { type: 'mrkdwn', text: `*${label}*\n${value}`, verbatim: true };
  return plainElement(`${label}\n${value}`);
}

/** Text in which Slack reads nothing: no mention, no link, no emoji, no bold. */
export function plainElement(text: string): PlainTextElement {
  return { type: 'plain_text', text: text === '' ? ' ' : text, emoji: false };
}

/** A text of rich text, which is shown letter by letter. */
export function richText(text: string, { bold = false } = {}): RichTextText {
  return { type: 'text', text: text === '' ? ' ' : text, ...(bold ? { style: { bold } } : {}) };
}
