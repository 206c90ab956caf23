import type { Signal } from '@openloop/surfaces';

import { slackErrorOf } from '../web/slack-error.js';
import type { SlackWeb } from '../web/slack-web.js';
import { fallbackText } from './mrkdwn.js';
import { refOf, type Place } from './places.js';

const STATUSES = { working: 'processing', waiting: 'suspended', idle: 'active' } as const;
const REACTION = 'eyes';
const MOST_TITLE = 80;
/** Threads whose last signal is remembered; a forgotten one is told once more. */
const MOST_THREADS = 2_000;

/** Said by a workspace, a plan or an app without agent sessions: it will say the same next time. */
const WITHOUT_SESSIONS = new Set([
  'access_denied',
  'agent_view_not_enabled',
  'app_not_agent',
  'feature_not_enabled',
  'missing_scope',
  'no_permission',
  'not_allowed',
  'not_allowed_token_type',
  'not_an_agent',
  'team_not_enabled',
  'unknown_method',
]);

/** How a task is going, shown on its thread: as the status of an agent session, or where there are none as 👀. */
export class ThreadSignal {
  readonly #web: SlackWeb;
  readonly #told = new Map<string, Signal>();
  #hasSessions = true;

  constructor(web: SlackWeb) {
    this.#web = web;
  }

  /** Sent once per change and never again, whatever becomes of it. Throws nothing: a signal is no part of the work. */
  async show(thread: Place, { signal, title }: { signal: Signal; title: string }): Promise<void> {
    const key = refOf(thread);
    const before = this.#told.get(key);
    if (before === signal) return;
    this.#remember(key, signal);
    if (this.#hasSessions && (await this.#setStatus(thread, { signal, title }))) return;
    await this.#react(thread, { before, signal });
  }

  /** False when this app has no sessions, or Slack refused this one. */
  async #setStatus(
    { channel, ts }: Place,
    { signal, title }: { signal: Signal; title: string },
  ): Promise<boolean> {
    const args = {
      channel_id: channel,
      thread_ts: ts,
      status: STATUSES[signal],
      title: fallbackText(title, MOST_TITLE),
    };
    try {
      await this.#web.call('agents.sessions.setStatus', args, { channel });
      return true;
    } catch (thrown) {
      const { code, isDefinite } = slackErrorOf(thrown);
      if (WITHOUT_SESSIONS.has(code)) this.#hasSessions = false;
      return !isDefinite || code === 'rate_limited';
    }
  }

  async #react(
    { channel, ts }: Place,
    { before, signal }: { before: Signal | undefined; signal: Signal },
  ): Promise<void> {
    const isBusy = signal !== 'idle';
    if (before !== undefined && isBusy === (before !== 'idle')) return;
    const method = isBusy ? 'reactions.add' : 'reactions.remove';
    try {
      await this.#web.call(method, { channel, timestamp: ts, name: REACTION }, { channel });
    } catch (error) {
      slackErrorOf(error); // already there, already gone, or not to be had: the answer says it as well
    }
  }

  #remember(key: string, signal: Signal): void {
    this.#told.delete(key);
    this.#told.set(key, signal);
    const oldest = this.#told.keys().next();
    if (this.#told.size > MOST_THREADS && !oldest.done) this.#told.delete(oldest.value);
  }
}
