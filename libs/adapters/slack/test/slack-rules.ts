import type { KnownBlock } from '@slack/types';

/** A text in a message, with where it is and what Slack reads in it. */
interface Shown {
  at: string;
  kind: string;
  text: string;
}

type Tree = Readonly<Record<string, unknown>>;

const INVISIBLE = /(?!\n|\t|\u{FE0F})[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u{2800}]/u;
const OUR_DATE = /<!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC>/g;
const MOST: Readonly<Record<string, number>> = {
  'section/fields': 2_000,
  'context/elements': 2_000,
  'actions/elements/text': 75,
  'actions/elements/confirm/title': 100,
  'actions/elements/confirm/text': 300,
  'actions/elements/confirm/confirm': 30,
  'actions/elements/confirm/deny': 30,
  markdown: 12_000,
};

/** Everything by which a message would break one of Slack's limits, call somebody, or show what is not there. */
export function faultsOf({ text, blocks }: { text: string; blocks: readonly KnownBlock[] }): string[] {
  const shown = blocks.flatMap((block) => textsIn(block as unknown as Tree, block.type)); // blocks are plain JSON
  const all = shown.reduce((sum, each) => sum + each.text.length, 0);
  return [
    ...(text.length < 1 || text.length > 300 ? [`fallback of ${text.length}`] : []),
    ...(/[<>]/.test(text) ? ['fallback has an angle'] : []),
    ...(INVISIBLE.test(text) ? ['fallback has something invisible'] : []),
    ...(blocks.length < 1 || blocks.length > 50 ? [`${blocks.length} blocks`] : []),
    ...(all > 13_200 ? [`${all} characters in all`] : []),
    ...shown.flatMap(faultsOfText),
    ...blocks.flatMap((block) => faultsOfBlock(block as unknown as Tree)), // blocks are plain JSON
  ];
}

export function textsIn(tree: Tree, at: string): Shown[] {
  const own =
    typeof tree['text'] === 'string' ? [{ at, kind: String(tree['type']), text: tree['text'] }] : [];
  const inner = Object.entries(tree).flatMap(([key, value]) => {
    const trees: unknown[] = Array.isArray(value) ? value : [value];
    return trees.flatMap((each) => (isTree(each) ? textsIn(each, `${at}/${key}`) : []));
  });
  return [...own, ...inner];
}

function faultsOfText({ at, kind, text }: Shown): string[] {
  const most = MOST[at] ?? 3_000;
  const faults = [];
  if (text.length < 1 || text.length > most) faults.push(`${at} is ${text.length} long`);
  if (INVISIBLE.test(text)) faults.push(`${at} has something invisible`);
  if (/(?<!\p{Emoji})\u{FE0F}/u.test(text)) faults.push(`${at} has a stray selector`);
  if (kind === 'mrkdwn') faults.push(...faultsOfMrkdwn(text).map((fault) => `${at}: ${fault}`));
  if (kind === 'markdown') faults.push(...faultsOfMarkdown(text).map((fault) => `${at}: ${fault}`));
  if (!['mrkdwn', 'markdown', 'plain_text', 'text'].includes(kind)) faults.push(`${at} is ${kind}`);
  return faults;
}

/** Only our own bold label, our own date and our own command may mean anything. */
function faultsOfMrkdwn(text: string): string[] {
  const rest = text
    .replace(OUR_DATE, '')
    .replace(/^\*[^*\n]+\*\n/, '')
    .replace(/`openloop approvals get [\w]+`$/, '');
  const faults = [];
  if (/[<>*_~`]/.test(rest)) faults.push('markup');
  if (/https?:|\/\/|www\.|\p{L}\.\p{L}{2,}\//iu.test(rest)) faults.push('a link');
  if (/@(?:here|channel|everyone)/i.test(rest)) faults.push('a call to everybody');
  if (/:[\w+-]+:/.test(rest)) faults.push('an emoji by name');
  return faults;
}

function faultsOfMarkdown(text: string): string[] {
  const prose = text.replace(/^```[^\n]*\n[\s\S]*?^```$/gm, '');
  const faults = [];
  if (/<(?:@|#C|!here|!channel|!everyone|!subteam|!date)/i.test(text)) faults.push('a mention');
  if (/@(?:here|channel|everyone)\b/i.test(text)) faults.push('a call to everybody');
  if (/<[a-z]+:[^\s>|]*\|/i.test(text)) faults.push('a link of Slack’s kind');
  if (/^```/m.test(prose)) faults.push('an open fence');
  if (/!\[|\][([:]/.test(prose)) faults.push('a link or picture');
  if (/<[@#!a-z/]/i.test(prose.replace(/(?<!`)`[^`\n]+`(?!`)/g, ''))) faults.push('a tag');
  return faults;
}

function faultsOfBlock(block: Tree): string[] {
  const { block_id: id, elements } = block;
  return [
    ...(String(id ?? '').length > 255 ? ['block_id too long'] : []),
    ...['fields', 'elements'].flatMap((name) => faultsOfCount(name, block[name])),
    ...(block['type'] === 'actions' && Array.isArray(elements)
      ? elements.filter(isTree).flatMap(faultsOfButton)
      : []),
  ];
}

function faultsOfCount(name: string, list: unknown): string[] {
  return Array.isArray(list) && (list.length < 1 || list.length > 10) ? [`${list.length} ${name}`] : [];
}

function faultsOfButton(button: Tree): string[] {
  return [
    ...(String(button['value']).length > 2_000 ? ['value too long'] : []),
    ...(String(button['accessibility_label'] ?? '').length > 75 ? ['name too long'] : []),
  ];
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null;
}
