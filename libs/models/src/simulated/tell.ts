import type { ChatMessage } from '../model.js';

export type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

type Ending = 'done' | 'denied' | 'refused' | 'expired' | 'cancelled' | 'failed' | 'unknown' | 'waiting';

const QUOTE_LENGTH = 600;
const LISTED = 10;

const ENDINGS: readonly [RegExp, Ending][] = [
  [/^(?:executed|done|succeeded|success|adopted|created)\b/i, 'done'],
  [/^(?:denied|not approved|rejected)\b/i, 'denied'],
  [/^(?:refused|blocked|forbidden|not allowed)\b/i, 'refused'],
  [/^expired\b/i, 'expired'],
  [/^(?:cancell?ed|superseded|stale)\b/i, 'cancelled'],
  [/^(?:failed|failure|error)\b/i, 'failed'],
  [/^(?:unknown|unclear|uncertain|needs_human)\b/i, 'unknown'],
  [/^(?:held|waiting|pending|queued|ready|started)\b/i, 'waiting'],
];

/** A long result is cut and is no JSON any more; its first field is still there to be read. */
const CUT_STATUS = /^\{"status":"(\w+)"/;

const SENTENCES: Readonly<Record<Ending, (detail: string) => string>> = {
  done: (detail) => `Done: ${detail}`,
  denied: (detail) =>
    `This was not approved, so nothing was changed. The answer was: “${detail}”. I will not ask for it again.`,
  refused: (detail) => `I am not allowed to do this, so nothing was changed: “${detail}”.`,
  expired: (detail) =>
    `Nobody decided in time, so nothing was changed: “${detail}”. Ask me again to hold it anew.`,
  cancelled: (detail) => `This was cancelled, so nothing was changed: “${detail}”.`,
  failed: (detail) => `This failed: “${detail}”.`,
  unknown: (detail) =>
    `I cannot tell whether this happened: “${detail}”. Please check before asking me again.`,
  waiting: (detail) => `This is waiting and nothing has been changed yet: “${detail}”.`,
};

/** What tool results say, in sentences: never more than was reported, and reasons word for word. */
export function tellAll(results: readonly ToolMessage[]): string {
  return results.map(tell).join('\n');
}

/** Whether the result is what was asked for, as far as it says. */
export function succeeded(result: ToolMessage): boolean {
  const ending = endingOf(result);
  return ending === 'done' || (ending === null && !result.isError);
}

function tell(result: ToolMessage): string {
  const detail = detailOf(result.text);
  const ending = endingOf(result);
  if (ending !== null && !(ending === 'done' && isRead(result))) return SENTENCES[ending](detail);
  if (result.isError) return `The tool reported an error: “${detail}”.`;
  return isRead(result) ? `Here is what I found: ${foundIn(result.text)}` : SENTENCES.done(detail);
}

function isRead({ name }: ToolMessage): boolean {
  return /_(?:read|list|search|get)$/.test(name);
}

/** How the call ended, when the result opens with a word for it or names it in a `status` of its own. */
function endingOf(result: ToolMessage): Ending | null {
  const fields = objectIn(result.text);
  const word = fields === null ? (CUT_STATUS.exec(result.text)?.[1] ?? result.text.trim()) : statusIn(fields);
  return ENDINGS.find(([pattern]) => pattern.test(word))?.[1] ?? null;
}

function statusIn(fields: Readonly<Record<string, unknown>>): string {
  return textOf(fields, ['status', 'outcome', 'decision', 'kind', 'state']) ?? '';
}

function detailOf(text: string): string {
  const fields = objectIn(text);
  if (fields === null) return cut(text.trim());
  const words =
    textOf(fields, ['reason', 'summary', 'message', 'error', 'title']) ??
    unexplained(fields) ??
    JSON.stringify(fields);
  const url = textOf(fields, ['url', 'html_url']);
  return cut(url === undefined ? words : `${words} (${url})`);
}

/** A person may decide without giving a reason. */
function unexplained(fields: Readonly<Record<string, unknown>>): string | undefined {
  const by = textOf(fields, ['by']);
  const status = textOf(fields, ['status']);
  if (status === undefined) return undefined;
  return by === undefined ? `${status}, without a reason` : `${status} by ${by}, without a reason`;
}

function foundIn(text: string): string {
  const parsed = parse(text);
  const found = unwrapped(parsed);
  if (Array.isArray(found)) return listOf(found);
  if (isRecord(found) && typeof found['title'] === 'string') return cut(lineOf(found) + bodyOf(found));
  return isRecord(parsed) ? detailOf(text) : cut(text.trim());
}

function unwrapped(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const inner = value['data'] ?? value['issues'] ?? value['items'] ?? value['issue'];
  return inner === undefined ? value : unwrapped(inner);
}

function listOf(items: readonly unknown[]): string {
  if (items.length === 0) return 'nothing.';
  const lines = items.slice(0, LISTED).map((item) => `- ${isRecord(item) ? lineOf(item) : String(item)}`);
  const more = items.length > LISTED ? [`… and ${items.length - LISTED} more`] : [];
  return ['', ...lines, ...more].join('\n');
}

function lineOf(item: Readonly<Record<string, unknown>>): string {
  const number = typeof item['number'] === 'number' ? `#${item['number']} ` : '';
  const state = typeof item['state'] === 'string' ? ` (${item['state']})` : '';
  return typeof item['title'] === 'string'
    ? `${number}“${item['title']}”${state}`
    : cut(JSON.stringify(item));
}

function bodyOf(item: Readonly<Record<string, unknown>>): string {
  return typeof item['body'] === 'string' && item['body'] !== '' ? `\n${item['body']}` : '';
}

function textOf(fields: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  return names.map((name) => fields[name]).find((value) => typeof value === 'string' && value !== '') as
    // The predicate above lets only strings through; `find` cannot narrow with it.
    string | undefined;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  const parsed = parse(text);
  return isRecord(parsed) && !Array.isArray(parsed) ? parsed : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function cut(text: string): string {
  return text.length > QUOTE_LENGTH ? `${text.slice(0, QUOTE_LENGTH)}…` : text;
}
