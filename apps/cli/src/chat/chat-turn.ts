import { routes, type ApprovalView, type EventView, type RunView } from '@openloop/api-contract';

import { isSettled, outcomeLine } from '../approvals/show-card.js';
import { EXIT } from '../exit-code.js';
import { followRun, isOver } from '../runs/follow-run.js';
import { exitCodeOfRun } from '../runs/run-end.js';
import { plainLine, plainText } from '../terminal/plain-text.js';
import { money } from '../terminal/words.js';
import { decideHeld, type Deciding } from './decide-held.js';

export interface Said {
  agent: string;
  thread: string;
  text: string;
}

/** One thing said to an agent, until it has answered: events followed, held actions decided, outcomes shown. */
export class ChatTurn {
  readonly #told = new Map<string, 'asked' | 'settled'>();
  #wasLeft = false;

  constructor(private readonly deciding: Deciding) {}

  /** Gives the exit code that the turn stands for. */
  async take({ agent, thread, text }: Said): Promise<number> {
    const { client, terminal, signal } = this.deciding;
    const started = await client.call(routes['runs.start'], {
      body: { agent, thread, input: text, surface: 'terminal' },
    });
    const forget = terminal.onInterrupt(() => void this.#cancel(started));
    try {
      const run = await followRun(client, started.id, {
        signal,
        onEvent: (event) => this.#showEvent(event),
        onLook: (now) => this.#look(now),
      });
      if (signal.aborted) return EXIT.interrupted;
      // Typed while a card waited for somebody: an answer to it perhaps, but nothing to say to the agent.
      if (this.#told.size > 0) terminal.forgetTyped();
      if (this.#wasLeft) return EXIT.blocked;
      await this.#showOutcomes();
      this.#showEnd(run);
      return exitCodeOfRun(run);
    } finally {
      forget();
    }
  }

  /** The first Ctrl-C stops the run; whoever made `signal` ends the program with the second. */
  async #cancel({ id, short_id }: RunView): Promise<void> {
    const { client, terminal } = this.deciding;
    terminal.tell(`Stopping ${plainLine(short_id)}… (Ctrl-C again leaves at once)`);
    await client.call(routes['runs.cancel'], { params: { id } }).catch((error: unknown) => {
      terminal.tell(`It could not be stopped: ${error instanceof Error ? plainLine(error.message) : ''}`);
    });
  }

  async #look(run: RunView): Promise<boolean> {
    await this.#showOutcomes();
    if (isOver(run)) return true;
    for (const id of run.approvals) {
      if (this.#told.has(id)) continue;
      const approval = await this.#approval(id);
      if (approval.status !== 'held') continue;
      this.#told.set(id, 'asked');
      if ((await this.#decideUnlessDecided(approval)) === 'left') {
        this.#wasLeft = true;
        return true;
      }
    }
    return false;
  }

  /** The question is withdrawn when the run is stopped, or somebody decides elsewhere, while it is open. */
  async #decideUnlessDecided(approval: ApprovalView) {
    const { client, signal } = this.deciding;
    const withdrawn = new AbortController();
    const stop = (): void => withdrawn.abort();
    signal.addEventListener('abort', stop);
    const watching = watchFor(() => this.#approval(approval.id), withdrawn.signal);
    try {
      const answered = decideHeld(approval, { ...this.deciding, client, signal: withdrawn.signal });
      const first = await Promise.race([answered, watching]);
      if (first !== 'elsewhere') return first;
      withdrawn.abort();
      await answered;
      return 'decided' as const;
    } finally {
      signal.removeEventListener('abort', stop);
      withdrawn.abort();
    }
  }

  async #showOutcomes(): Promise<void> {
    for (const [id, state] of this.#told) {
      if (state === 'settled') continue;
      const approval = await this.#approval(id);
      if (!isSettled(approval)) continue;
      this.#told.set(id, 'settled');
      this.deciding.terminal.tell(outcomeLine(approval));
    }
  }

  #approval(id: string): Promise<ApprovalView> {
    return this.deciding.client.call(routes['approvals.get'], { params: { id } });
  }

  #showEvent({ name, facts }: EventView): void {
    const permission = facts['permission'];
    const { terminal } = this.deciding;
    if (typeof permission !== 'string') return;
    if (name === 'tool.read' || name === 'call.refused')
      terminal.note(
        terminal.tint.dim(`· ${plainLine(permission)} ${name === 'tool.read' ? 'read' : 'refused'}`),
      );
  }

  #showEnd(run: RunView): void {
    const { terminal } = this.deciding;
    if (run.answer !== null) terminal.print(plainText(run.answer));
    const why = run.failure?.message ?? (run.status === 'cancelled' ? '⛔ Stopped.' : null);
    if (why !== null) terminal.tell(plainLine(why));
    terminal.note(
      terminal.tint.dim(`${plainLine(run.short_id)} · ${money(run.cost.usd, run.cost.simulated)}`),
    );
  }
}

const LOOK_EVERY_MS = 1500;

/** Ends when the approval is not held any more; never, when the signal aborts first. */
async function watchFor(look: () => Promise<ApprovalView>, signal: AbortSignal): Promise<'elsewhere'> {
  for (;;) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    });
    const approval = await look().catch(() => null);
    if (approval !== null && approval.status !== 'held') return 'elsewhere';
  }
}
