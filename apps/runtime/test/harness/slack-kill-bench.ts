import { expect } from '@jest/globals';
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
import { APPROVE, SLACK_AGENT, slackAgent, SlackWorld, type Thread } from './slack-world.js';

interface About {
  thread: Thread;
  title: string;
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
    if (!this.#isSet) await new Person(url, this.#adminKey).apply(slackAgent());
    this.#isSet = true;
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
    this.#program = null;
  }

  /** The same place once more, in this thread, where time can be moved; the audit chain must be whole at the end. */
  async restarted(work: (restarted: Restarted) => Promise<void>): Promise<void> {
    const start = new Date();
    const sockets = this.world.slack.openedSockets;
    const loop = await startOpenLoop(this.world.outside, { place: this.place, env: this.world.env });
    try {
      await this.world.slack.untilOpened(sockets + 1);
      await work({ loop, start });
      expect(await loop.operator.verify()).toMatchObject({ ok: true });
    } finally {
      await loop.close();
    }
  }

  /** The one card of a thread, whoever has posted it. */
  card(restarted: Restarted, thread: Thread): Promise<SlackMessage> {
    return inTime('the card', restarted, async () => this.world.cards(thread).find(isOpen) ?? null);
  }

  /** Waits for the end and looks at every trace of it: one run, one card, one answer, one issue. */
  async converges(restarted: Restarted, about: About): Promise<void> {
    expect(await this.#ends(restarted, about)).toEqual({ cards: [false], answers: 1, created: 1 });
  }

  /** The same, or no issue and a card that says that nobody knows. */
  async convergesHonestly(restarted: Restarted, about: About): Promise<void> {
    const end = await this.#ends(restarted, about);
    expect(end).toEqual({ cards: [false], answers: 1, created: expect.any(Number) });
    const [card] = this.world.cards(about.thread);
    expect(card && wordsOf(card)).toMatch(end.created === 1 ? /✅ Approved:/ : /outcome unknown/);
  }

  async #ends(restarted: Restarted, { thread, title }: About) {
    const run = await inTime(`the run about ${title} to end`, restarted, () =>
      this.#endedRun(restarted, title),
    );
    expect(run.status).toBe('completed');
    await this.#allShown(restarted);
    return {
      cards: this.world.cards(thread).map(isOpen),
      answers: this.world.answers(thread).length,
      created: this.created(title),
    };
  }

  async approves(restarted: Restarted, thread: Thread): Promise<void> {
    await this.world.slack.presses('omar', await this.card(restarted, thread), APPROVE);
  }

  /** Issues with this title, and requests that asked for one. */
  created(title: string): number {
    const { created } = this.world.outside.github.ledger;
    const posts = this.world.outside.github.ledger.posts(ISSUES);
    expect(posts.filter(({ body }) => JSON.stringify(body).includes(title)).length).toBeLessThanOrEqual(1);
    return created.filter((each) => each.title === title).length;
  }

  async #endedRun({ loop }: Restarted, title: string): Promise<RunView | null> {
    const query = { agent: SLACK_AGENT, limit: 100 };
    const { data } = await loop.operator.call(routes['runs.list'], { query });
    const [run, ...more] = data.filter(({ input }) => input.includes(title));
    expect(more).toEqual([]);
    return run?.finished_at ? run : null;
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
