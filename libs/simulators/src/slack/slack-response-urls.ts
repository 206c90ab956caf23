import { randomBytes } from 'node:crypto';

import { isObject, parseJson, type JsonObject, type Sent } from '../loopback.js';
import { retaining, versionOf } from './slack-chat.js';
import { SlackRefusal } from './slack-refusal.js';
import { latest, type SlackWorkspace, type StoredMessage } from './slack-workspace.js';

const USES = 5;
const GOOD_FOR_MS = 30 * 60_000;

export interface ResponseOrigin {
  channel: string;
  /** What was pressed; `null` for a command. */
  message: StoredMessage | null;
  user: string;
}

/** Addresses that come along with clicks and commands: good for five answers within thirty minutes, without a token. */
export class SlackResponseUrls {
  readonly #workspace: SlackWorkspace;
  readonly #issued = new Map<string, { origin: ResponseOrigin; at: number; uses: number }>();
  #root = '';

  constructor(workspace: SlackWorkspace) {
    this.#workspace = workspace;
  }

  /** Where the simulator listens. */
  set root(root: string) {
    this.#root = root;
  }

  issue(origin: ResponseOrigin): string {
    const path = `/actions/${this.#workspace.team.id}/${randomBytes(12).toString('hex')}`;
    this.#issued.set(path, { origin, at: this.#workspace.ids.now().getTime(), uses: 0 });
    return this.#root + path;
  }

  /** The channel an address belongs to. */
  channelOf(path: string): string | null {
    return this.#issued.get(path)?.origin.channel ?? null;
  }

  respond(path: string, text: string): Sent {
    const now = this.#workspace.ids.now();
    const issued = this.#issued.get(path);
    if (!issued) return refusal(404, 'no_service');
    if (now.getTime() - issued.at > GOOD_FOR_MS) return refusal(404, 'expired_url');
    if (issued.uses >= USES) return refusal(404, 'used_url');
    const args = parseJson(text);
    if (!isObject(args)) return refusal(400, 'invalid_payload');
    issued.uses += 1;
    try {
      this.#apply(issued.origin, args, now);
    } catch (error) {
      if (error instanceof SlackRefusal) return { status: 400, body: error.body };
      throw error;
    }
    return { status: 200, body: { ok: true } };
  }

  #apply({ channel, message, user }: ResponseOrigin, args: JsonObject, now: Date): void {
    const workspace = this.#workspace;
    if (args['delete_original'] === true && message) {
      message.isDeleted = true;
      return;
    }
    const version = versionOf({ args, now, workspace }, 'response_url');
    if (args['replace_original'] === true && message && !message.isDeleted) {
      message.versions.push(retaining(latest(message), version, args));
      return;
    }
    const { userId, botId } = workspace.bot;
    const ephemeralTo = args['response_type'] === 'in_channel' ? null : user;
    const threadTs = typeof args['thread_ts'] === 'string' ? args['thread_ts'] : null;
    workspace.addMessage({ channel, threadTs, user: userId, botId, ephemeralTo, listedFrom: 0 }, version);
  }
}

function refusal(status: number, error: string): Sent {
  return { status, body: { ok: false, error } };
}
