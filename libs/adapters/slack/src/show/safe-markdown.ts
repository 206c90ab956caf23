import { plain } from './plain-text.js';
import { markImitations } from './imitation.js';

/**
 * What a model wrote, as Markdown that Slack may draw: it pings nobody, loads no picture, hides no link's host, and
 * passes for no card of ours. A fence that it leaves open is closed by {@link splitMarkdown}.
 */
export function safeMarkdown(text: string): string {
  const shown = plain(text.replace(JOINED_EMOJI, ''));
  return pieces(shown)
    .map((piece) => (piece.isFenced ? safeCode(piece.text) : safeProse(piece.text)))
    .join('\n');
}

interface Piece {
  text: string;
  isFenced: boolean;
}

/** A family in one picture is drawn as its members: its joiner is invisible, and nothing invisible leaves. */
const JOINED_EMOJI =
  /(?<=\p{Extended_Pictographic}(?:\u{FE0F}|\p{Emoji_Modifier})?)\u{200D}(?=\p{Extended_Pictographic})/gu;
const FENCE = /^[ \t]*(`{3,}|~{3,})([^`]*)$/;
const TICKS = /`{3,}/g;

/** Fenced code and what is between. Fences are written anew, so that every reader of Markdown sees the same ones. */
function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let lines: string[] = [];
  let fence = '';
  const flush = (isFenced: boolean): void => {
    if (lines.length > 0) found.push({ text: lines.join('\n'), isFenced });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const [, mark = '', word = ''] = FENCE.exec(line) ?? [];
    if (fence === '' && mark !== '') {
      flush(false);
      fence = mark;
      lines.push(
        `\`\`\`${word
          .trim()
          .replace(/[^\w+#.-]/g, '')
          .slice(0, 20)}`,
      );
    } else if (fence !== '' && closes(mark, { word, fence })) {
      fence = '';
      lines.push('```');
      flush(true);
    } else {
      lines.push(line.replace(TICKS, fence === '' ? '`' : "'''"));
    }
  }
  flush(fence !== '');
  return found;
}

function closes(mark: string, { word, fence }: { word: string; fence: string }): boolean {
  return mark !== '' && mark[0] === fence[0] && mark.length >= fence.length && word.trim() === '';
}

/** How Markdown can spell the sign that opens a mention, a tag or a link of Slack's own kind. */
const LESS = String.raw`(?:<|&lt;?|&#0{0,6}60;?|&#x0{0,6}3c;?)`;
const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>|]{1,2000})>/gi;
const SLACK_LINK = /<((?:https?:\/\/|mailto:)[^\s<>|]{1,2000})\|([^<>\n]{0,500})>/gi;
const OPENING = new RegExp(`${LESS}(?![\\s\\d=-])`, 'gi');
const OPENING_IN_CODE = new RegExp(
  `${LESS}(?=[@#][A-Z0-9]|!(?:here|channel|everyone|group|subteam|date)|[a-z]{1,20}:[^\\s>|]{0,2000}\\|)`,
  'gi',
);
const BROADCAST = /@(?=(?:here|channel|everyone|group)\b)/gi;
/** Looks like it, and means nothing. */
const OPENING_SHOWN = '‹';
const AT_SHOWN = '＠';

const IMAGE = /!\[([^[\]\n]{0,500})\]\(\s*<?([^\s()<>]{1,2000})>?[^()\n]{0,300}\)/g;
const LINK = /\[([^[\]\n]{0,500})\]\(\s*<?([^\s()<>]{1,2000})>?[^()\n]{0,300}\)/g;
const INLINE_CODE = /(?<!`)`[^`\n]+`(?!`)/g;

function safeCode(text: string): string {
  return text.replace(OPENING_IN_CODE, OPENING_SHOWN).replace(BROADCAST, AT_SHOWN);
}

function safeProse(text: string): string {
  const linked = openLinks(text);
  let prose = '';
  let end = 0;
  for (const { 0: code, index } of linked.matchAll(INLINE_CODE)) {
    prose += `${safeSigns(linked.slice(end, index))}${safeCode(code)}`;
    end = index + code.length;
  }
  return markImitations(prose + safeSigns(linked.slice(end)));
}

function safeSigns(text: string): string {
  return text.replace(OPENING, OPENING_SHOWN).replace(BROADCAST, AT_SHOWN);
}

/** Pictures and links as their words and their address; what is left of their syntax is taken apart. */
function openLinks(text: string): string {
  return text
    .replace(IMAGE, (_, words: string, url: string) => linkText(words, url))
    .replace(LINK, (_, words: string, url: string) => linkText(words, url))
    .replace(SLACK_LINK, (_, url: string, words: string) => linkText(words, url))
    .replace(AUTOLINK, '$1')
    .replace(/!(?=\[)/g, '! ')
    .replace(/\](?=[([:])/g, '] ');
}

function linkText(words: string, url: string): string {
  const label = words.trim();
  return label === '' || label === url ? url : `${label} (${url})`;
}
