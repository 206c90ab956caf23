import { routes, type RunView } from '@openloop/api-contract';
import type { SlackMessage } from '@openloop/simulators';

import { inTime, type Restarted } from './killing.js';
import { newAdminKey, startOpenLoop } from './open-loop.js';
import { ISSUES } from './outside.js';
import { Person } from './person.js';
import { freshPlace, type Place } from './place.js';
import { Program } from './program.js';
import { teammateBrain } from './slack-brain.js';
import { isOpen, wordsOf } from './slack-cards.js';
import { APPROVE, SLACK_AGENT, SlackWorld, type Thread } from './slack-world.js';

/** A thread, and the title of the issue that is asked for in it. */
export interface About {
  thread: Thread;
  title: string;
}

/** Every trace of what was asked in a thread, once nothing is left to do. */
export interface End {
  runs: number;
  status: string | undefined;
  /** Whether each card of the thread still has buttons. */
  cards: boolean[];
  card: string;
  answers: number;
  /** Requests to make the issue, and issues made. */
  posted: number;
  created: number;
  auditIsWhole: boolean;
}

/** One place and one Slack, and a program that is killed there and started again. */
export class SlackKillBench {
  readonly #adminKey = newAdminKey();
  #program: Program | null = null;
  #isSet = false;

  private constructor(
    readonly world: SlackWorld,
    readonly place: Place,
  ) {}

  static async open(embedded: boolean): Promise<SlackKillBench> {
    const world = await SlackWorld.start('Socket Mode');
    world.outside.brain = teammateBrain;
    await world.outside.openIssue('An older issue');
    return new SlackKillBench(world, await freshPlace({ embedded }));
  }

  async close(): Promise<void> {
    await this.kill();
    await this.place.remove();
    await this.world.close();
  }

  /** Starts the program, the first time also with its agent. It hears Slack when this resolves. */
  async start(): Promise<void> {
    const { world, place } = this;
    const env = { PORT: '0', OPENLOOP_ADMIN_KEY: this.#adminKey, ...world.env, ...place.env };
    const sockets = world.slack.openedSockets;
    this.#program = new Program('start', env, place.folder);
    const url = await this.#program.ready();
    await world.slack.untilOpened(sockets + 1);
    if (!this.#isSet) await new Person(url, this.#adminKey).apply(world.agent());
    this.#isSet = true;
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
    this.#program = null;
  }

  /** The same place once more, in this thread, where time can be moved. */
  async restarted<T>(work: (restarted: Restarted) => Promise<T>): Promise<T> {
    const start = new Date();
    const sockets = this.world.slack.openedSockets;
    const loop = await startOpenLoop(this.world.outside, { place: this.place, env: this.world.env });
    try {
      await this.world.slack.untilOpened(sockets + 1);
      return await work({ loop, start });
    } finally {
      await loop.close();
    }
  }

  /** The one card of a thread, whoever has posted it. */
  card(restarted: Restarted, thread: Thread): Promise<SlackMessage> {
    return inTime('the card', restarted, async () => this.world.cards(thread).find(isOpen) ?? null);
  }

  /** After a restart: waits until nothing is left to do, and looks at every trace. */
  async ends(restarted: Restarted, { thread, title }: About): Promise<End> {
    const runs = () => this.#runs(restarted, title);
    const isOver = async () => ((await runs()).some((run) => run.finished_at) ? true : null);
    await inTime(`the run about ${title} to end`, restarted, isOver);
    await this.#allShown(restarted);
    const [found, cards] = [await runs(), this.world.cards(thread)];
    const posts = this.world.outside.github.ledger.posts(ISSUES);
    return {
      runs: found.length,
      status: found[0]?.status,
      cards: cards.map(isOpen),
      card: cards[0] ? wordsOf(cards[0]) : '',
      answers: this.world.answers(thread).length,
      posted: posts.filter(({ body }) => JSON.stringify(body).includes(title)).length,
      created: this.created(title),
      auditIsWhole: (await restarted.loop.operator.verify()).ok,
    };
  }

  async approves(restarted: Restarted, thread: Thread): Promise<void> {
    await this.world.slack.presses('omar', await this.card(restarted, thread), APPROVE);
  }

  created(title: string): number {
    return this.world.outside.github.ledger.created.filter((each) => each.title === title).length;
  }

  async #runs({ loop }: Restarted, title: string): Promise<RunView[]> {
    const query = { agent: SLACK_AGENT, limit: 100 };
    const { data } = await loop.operator.call(routes['runs.list'], { query });
    return data.filter(({ input }) => input.includes(title));
  }

  /** Nothing is to be shown any more: what is posted twice by now stays posted twice. */
  async #allShown(restarted: Restarted): Promise<void> {
    const { pool } = restarted.loop.serving.system.database;
    await inTime('everything to be shown', restarted, async () => {
      const { rowCount } = await pool.query(
        `select from deliveries where due_at is not null or fence is not null`,
      );
      return rowCount === 0 ? true : null;
    });
  }
}
