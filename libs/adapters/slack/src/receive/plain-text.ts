import type { Heard } from '@openloop/surfaces';

/** How many names are looked up for one message; the rest are shown as ids. */
export const MAX_NAMES = 20;

const PERSON = /<@([UW]\w{0,63})(?:\|[^<>]*)?>/g;
const BRACKETED = /<([^<>]*)>/g;

/** Whom a message is addressed to. A group that is mentioned is somebody else. */
export function mentionsOf(text: string, selfId: string): Heard['mentions'] {
  let others = text.includes('<!subteam^');
  for (const [, id] of text.matchAll(PERSON)) {
    if (id === selfId) return 'agent';
    others = true;
  }
  return others ? 'others' : 'nobody';
}

/** The ids whose names {@link plainText} would show, each once, at most {@link MAX_NAMES}. */
export function namesIn(text: string, selfId: string): { users: string[]; channels: string[] } {
  const users = new Set<string>();
  const channels = new Set<string>();
  for (const [, inner = ''] of text.matchAll(BRACKETED)) {
    if (users.size + channels.size >= MAX_NAMES) break;
    const [, kind, id] = /^([@#])(\w{1,64})\|?$/.exec(inner) ?? [];
    if (id && id !== selfId) (kind === '@' ? users : channels).add(id);
  }
  return { users: [...users], channels: [...channels] };
}

/**
 * What somebody typed, from what Slack made of it: our own mention taken out, other mentions, channels and links as
 * words. In one pass, so that what was escaped by its author stays the author's text.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function plainText(text: string, selfId: string, names: ReadonlyMap<string, string>): string {
  const own = new RegExp(`<@${selfId}(?:\\|[^<>]*)?>[ \\t]?`, 'g');
  const addressed = new RegExp(`^\\s*<@${selfId}(?:\\|[^<>]*)?>\\s*[:,]?`);
  return text
    .replace(addressed, '')
    .replace(own, '')
    .split(BRACKETED)
    .map((part, at) => (at % 2 === 0 ? unescaped(part) : bracketed(part, names)))
    .join('')
    .trim();
}

function bracketed(inner: string, names: ReadonlyMap<string, string>): string {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : unescaped(inner.slice(bar + 1));
  if (/^[@#]\w+$/.test(target)) return reference(target, label, names);
  if (target.startsWith('!')) return special(target.slice(1), label);
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return link(unescaped(target), label);
  return unescaped(`<${inner}>`);
}

function reference(target: string, label: string, names: ReadonlyMap<string, string>): string {
  const id = target.slice(1);
  return `${target.charAt(0)}${names.get(id) ?? (label || id)}`.replace(/^([@#])\1+/, '$1');
}

function special(target: string, label: string): string {
  if (/^(?:here|channel|everyone)$/.test(target)) return `@${target}`;
  if (label) return label;
  const [name = '', id] = target.split('^');
  return name === 'subteam' && id ? `@${id}` : name;
}

function link(url: string, label: string): string {
  const bare = url.replace(/^(?:mailto|tel):/i, '');
  if (!label || label === url || label === bare) return label || bare;
  return `${label} (${bare})`;
}

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '');
}
