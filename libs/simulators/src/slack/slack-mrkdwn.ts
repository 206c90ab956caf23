import { isObject, type JsonObject } from '../loopback.js';
import type { SlackVersion } from './slack-types.js';

const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]+`/gu;
const MENTION = /<(?:@[UW][A-Z0-9]+|!(?:here|channel|everyone)|!subteam\^S[A-Z0-9]+)(?:\|[^>]*)?>/gu;
/** What `link_names` makes a mention of. */
const NAME = /(?<![\w<&])@[a-z0-9][\w.-]*/giu;

/** Whom showing this would notify: each mention as written, outside code. */
export function mentionsIn(
  version: Pick<SlackVersion, 'text' | 'blocks' | 'attachments' | 'linksNames'>,
): string[] {
  const { text, blocks, attachments, linksNames } = version;
  const found: string[] = [];
  for (const mrkdwn of [text, ...[...blocks, ...attachments].flatMap(mrkdwnOf)]) {
    const outsideCode = mrkdwn.replace(CODE, ' ');
    found.push(...(outsideCode.match(MENTION) ?? []));
    if (linksNames) found.push(...(outsideCode.match(NAME) ?? []));
  }
  return found;
}

/** Every text of a block in which Slack reads mentions; those of rich text are written out as mentions. */
function mrkdwnOf(block: unknown): string[] {
  if (Array.isArray(block)) return block.flatMap(mrkdwnOf);
  if (!isObject(block)) return [];
  const own = ownMrkdwn(block);
  if (own !== null) return [own];
  return Object.entries(block).flatMap(([key, value]) => (key === 'confirm' ? [] : mrkdwnOf(value)));
}

function ownMrkdwn({ type, ...block }: JsonObject): string | null {
  switch (type) {
    case 'mrkdwn':
    case 'markdown':
      return String(block['text']);
    case 'user':
      return `<@${String(block['user_id'])}>`;
    case 'usergroup':
      return `<!subteam^${String(block['usergroup_id'])}>`;
    case 'broadcast':
      return `<!${String(block['range'])}>`;
    case undefined:
      // An attachment of the old kind, whose texts are mrkdwn without saying so.
      return attachmentText(block);
    default:
      return null;
  }
}

function attachmentText(attachment: JsonObject): string | null {
  const texts = ['pretext', 'text'].map((key) => attachment[key]).filter((each) => typeof each === 'string');
  return texts.length > 0 ? texts.join('\n') : null;
}
