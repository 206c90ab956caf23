import {
  McpSimulator,
  SlackSimulator,
  type SlackLoopback,
  type SlackMessage,
  type SlackMessageRef,
  type SlackSaid,
  type SlackSimulatorOptions,
  type SlackView,
} from '@openloop/simulators';

import { agentYaml, type AgentWish } from './agent-yaml.js';
import { startOpenLoop, type OpenLoop } from './open-loop.js';
import { Outside } from './outside.js';
import type { Place } from './place.js';
import { isAnswer, isCard, isOpen } from './slack-cards.js';
import { until } from './until.js';

export type SlackMode = 'Socket Mode' | 'HTTP';

export const DEV = 'C0DEVPLATFORM';
export const SLACK_AGENT = 'dev-platform';
export const APPROVE = 'approval.approve';
export const DENY = 'approval.deny';
export const DETAILS = 'approval.details';

/** A thread by its channel and the message that starts it. */
export interface Thread {
  channel: string;
  ts: string;
}

const LOGS = [
  {
    definition: {
      name: 'tail_log',
      description: 'The end of the log of a test',
      inputSchema: { type: 'object', properties: { test: { type: 'string' } }, required: ['test'] },
    },
    run: () => 'Timeout after 30 s in ingest.test.ts',
  },
];

/** Slack with a team in it, beside GitHub, the models and an MCP server of logs. Priya, Omar and Lena maintain; Mallory does not. */
export class SlackWorld {
  readonly slack: SlackSimulator;
  readonly logs = new McpSimulator({ tools: LOGS });

  private constructor(
    readonly mode: SlackMode,
    readonly outside: Outside,
    options: SlackSimulatorOptions,
  ) {
    this.slack = new SlackSimulator(options);
  }

  #server: SlackLoopback | null = null;

  static async start(mode: SlackMode, options: SlackSimulatorOptions = {}): Promise<SlackWorld> {
    const world = new SlackWorld(mode, await Outside.start(), options);
    const { slack } = world;
    slack.seedUser({ id: 'U0PRIYA', name: 'priya', displayName: 'Priya N.' });
    slack.seedUser({ id: 'U0OMAR', name: 'omar', displayName: 'Omar K.' });
    slack.seedUser({ id: 'U0LENA', name: 'lena', displayName: 'Lena M.' });
    slack.seedUser({ id: 'U0MALLORY', name: 'mallory', displayName: 'Mallory X.' });
    slack.seedGroup({ id: 'S0MAINTAIN', handle: 'maintainers', members: ['U0PRIYA', 'U0OMAR', 'U0LENA'] });
    slack.seedChannel({
      id: DEV,
      name: 'dev-platform',
      members: ['U0PRIYA', 'U0OMAR', 'U0LENA', 'U0MALLORY'],
    });
    world.#server = await slack.start();
    await world.logs.listen();
    return world;
  }

  /** The variables of a runtime that meets this world. */
  get env(): Record<string, string> {
    const { slack, mode, outside } = this;
    const way: Record<string, string> =
      mode === 'HTTP' ? { SLACK_SIGNING_SECRET: slack.signingSecret } : { SLACK_APP_TOKEN: slack.appToken };
    return {
      ...outside.env,
      ...way,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_API_URL: this.#server?.apiUrl ?? '',
    };
  }

  /** A runtime in this thread, connected to Slack, with the agent of the channel. */
  async open({ place, agent = {} }: { place?: Place; agent?: Partial<AgentWish> } = {}): Promise<OpenLoop> {
    const loop = await startOpenLoop(this.outside, { env: this.env, ...(place && { place }) });
    await loop.operator.apply(this.agent(agent));
    await this.listen(loop.url);
    return loop;
  }

  /** Tells Slack where the runtime is, in HTTP mode. */
  async listen(url: string): Promise<void> {
    if (this.mode === 'HTTP') await this.slack.deliverTo(`${url}/slack/events`);
  }

  /** The agent of the channel, as a file. */
  agent(wish: Partial<AgentWish> = {}): string {
    return agentYaml({
      name: SLACK_AGENT,
      model: 'openai/gpt-4o-mini',
      approvers: ['@maintainers'],
      channel: '#dev-platform',
      logs: this.logs.url,
      ...wish,
    });
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.logs.close();
    await this.outside.close();
  }

  /** Somebody starts a thread, and Priya mentions the agent in it. */
  async asksInThread(text: string): Promise<{ thread: Thread; said: SlackSaid }> {
    const root = await this.slack.says('mallory', DEV, 'The ingest test is flaky again');
    const said = await this.slack.says('priya', DEV, `@openloop ${text}`, { thread: root.ts });
    return { thread: { channel: DEV, ts: root.ts }, said };
  }

  posts({ channel, ts }: Thread): SlackMessage[] {
    return this.slack.ledger.posts(channel, ts);
  }

  cards(thread: Thread): SlackMessage[] {
    return this.posts(thread).filter(isCard);
  }

  answers(thread: Thread): SlackMessage[] {
    return this.posts(thread).filter(isAnswer);
  }

  /** The card of a thread that can be decided, other than the ones that are known. */
  openCard(thread: Thread, known: readonly SlackMessageRef[] = []): Promise<SlackMessage> {
    const isNew = (card: SlackMessage): boolean => !known.some(({ ts }) => ts === card.ts);
    return until('a card that can be decided', () =>
      this.cards(thread).find((card) => isOpen(card) && isNew(card)),
    );
  }

  /** A card once it shows these words. */
  showing(card: SlackMessageRef, words: RegExp): Promise<SlackMessage> {
    return until(`the card to show ${words}`, () => {
      const now = this.slack.ledger.message(card.channel, card.ts);
      return now && words.test(JSON.stringify(now.blocks)) ? now : null;
    });
  }

  answer(thread: Thread, number = 1): Promise<SlackMessage> {
    return until(`answer ${number}`, () => this.answers(thread)[number - 1]);
  }

  /** What only this person is told, because of `act`. */
  async told(user: string, act: () => Promise<unknown>): Promise<SlackMessage> {
    const before = this.slack.ledger.ephemerals(user).length;
    await act();
    return until(`${user} to be told`, () => this.slack.ledger.ephemerals(user)[before]);
  }

  /** The form that opens for this person, because of `act`. */
  async form(user: string, act: () => Promise<unknown>): Promise<SlackView> {
    await act();
    return until(`a form for ${user}`, () => this.slack.ledger.modals(user).at(-1));
  }
}
