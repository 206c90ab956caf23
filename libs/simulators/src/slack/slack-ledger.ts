import type { JsonObject } from '../loopback.js';
import { mentionsIn } from './slack-mrkdwn.js';
import type {
  SlackDelivery,
  SlackMessage,
  SlackMessageRef,
  SlackSession,
  SlackVersion,
  SlackView,
} from './slack-types.js';
import { snapshot, type SlackWorkspace, type StoredMessage } from './slack-workspace.js';

/** A call as it arrived, also one that was refused or never answered. */
export interface SlackCallEntry {
  at: Date;
  /** `chat.postMessage`; `response_url` for what was posted to one. */
  method: string;
  /** Parsed, also the JSON inside a form. Without the token. */
  args: Readonly<JsonObject>;
  /** Whose token it carried; `null` when it was not accepted. */
  token: 'bot' | 'app' | 'config' | null;
  /** `ok`, Slack's error, an HTTP status, or how it was left without an answer. `waiting`: not decided yet. */
  answered: string | number;
}

/** A message, or one version of it, that notifies people by mention. */
export interface SlackPing extends SlackMessageRef {
  /** Counted from 0. */
  version: number;
  mentions: readonly string[];
  text: string;
}

/** What happened at Slack's end: every call received and everything anybody can see. The truth in a test. */
export class SlackLedger {
  #calls: SlackCallEntry[] = [];
  #deliveries: SlackDelivery[] = [];

  readonly #workspace: SlackWorkspace;
  readonly #beforeRead: () => void;

  /** `beforeRead` lets effects land whose time has come. */
  constructor(workspace: SlackWorkspace, beforeRead: () => void) {
    this.#workspace = workspace;
    this.#beforeRead = beforeRead;
  }

  /** Every call, in the order of arrival. */
  get calls(): readonly Readonly<SlackCallEntry>[] {
    return this.#calls;
  }

  /** Everything that was told to the app, or should have been, in the order it happened. */
  get deliveries(): readonly SlackDelivery[] {
    return this.#deliveries;
  }

  callsOf(method: string): readonly Readonly<SlackCallEntry>[] {
    return this.#calls.filter((entry) => entry.method === method);
  }

  /** What the app has posted for all to see, as it looks now, the deleted ones too. Without a thread: everywhere in the channel. */
  posts(channel?: string, threadTs?: string): SlackMessage[] {
    const ours = this.#all().filter(({ user }) => user === this.#workspace.bot.userId);
    return ours
      .filter((each) => channel === undefined || each.channel === channel)
      .filter((each) => threadTs === undefined || each.threadTs === threadTs)
      .map(snapshot);
  }

  /** The versions of a message after its first. */
  updates(ts: string): readonly SlackVersion[] {
    return (
      [...this.#all(), ...this.#workspace.ephemerals()].find((each) => each.ts === ts)?.versions.slice(1) ??
      []
    );
  }

  message(channel: string, ts: string): SlackMessage | null {
    const found = this.#all().find((each) => each.channel === channel && each.ts === ts);
    return found ? snapshot(found) : null;
  }

  /** What only this person was shown, as it looks now. */
  ephemerals(user?: string): SlackMessage[] {
    const wanted = this.#workspace
      .ephemerals()
      .filter((each) => user === undefined || each.ephemeralTo === user);
    return wanted.map(snapshot);
  }

  /** A thread from its first message on, deleted ones left out. */
  thread(channel: string, ts: string): SlackMessage[] {
    const isInside = (each: StoredMessage): boolean => each.ts === ts || each.threadTs === ts;
    return this.#all()
      .filter((each) => each.channel === channel && isInside(each) && !each.isDeleted)
      .map(snapshot);
  }

  /** The modals a person has open, the topmost last. */
  modals(user: string): SlackView[] {
    return this.#views(user, 'modal').filter(({ isOpen }) => isOpen);
  }

  home(user: string): SlackView | null {
    return this.#views(user, 'home').at(-1) ?? null;
  }

  session(channel: string, threadTs: string | null): SlackSession | null {
    const found = this.#workspace.session(channel, threadTs);
    return found ? { ...found, history: [...found.history] } : null;
  }

  /** Everything of the app that has notified people by a mention, in any version, private ones too. */
  pings(): SlackPing[] {
    const ours = [...this.#all(), ...this.#workspace.ephemerals()].filter(
      ({ user }) => user === this.#workspace.bot.userId,
    );
    return ours.flatMap(({ channel, ts, versions }) =>
      versions.flatMap((shown, version) => {
        const mentions = mentionsIn(shown);
        return mentions.length > 0 ? [{ channel, ts, version, mentions, text: shown.text }] : [];
      }),
    );
  }

  /** For the simulator. */
  receive(entry: SlackCallEntry): void {
    this.#calls.push(entry);
  }

  /** For the simulator. */
  add(delivery: SlackDelivery): void {
    this.#deliveries.push(delivery);
  }

  /** Forgets calls and deliveries, not what is in the workspace; for long benches. */
  clear(): void {
    this.#calls = [];
    this.#deliveries = [];
  }

  #all(): StoredMessage[] {
    this.#beforeRead();
    return this.#workspace.allMessages();
  }

  #views(user: string, type: SlackView['type']): SlackView[] {
    const all = [...this.#workspace.views.values()];
    return all.filter((each) => each.user === user && each.type === type).map((view) => ({ ...view }));
  }
}
