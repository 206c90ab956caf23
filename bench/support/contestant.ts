import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Driven, Load } from './drive.js';
import type { Answer, Command } from './serve.js';

const PATIENCE_MS = 60_000;

/** A contestant's program, from outside. */
export class Contestant {
  readonly #child: ChildProcess;

  private constructor(program: URL) {
    this.#child = fork(fileURLToPath(program), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  static async open(program: URL, given: unknown): Promise<Contestant> {
    const contestant = new Contestant(program);
    await contestant.#ask({ kind: 'open', given });
    return contestant;
  }

  async drive(load: Load): Promise<Driven> {
    const answer = await this.#ask({ kind: 'drive', ...load });
    if (!('driven' in answer)) throw new Error('The contestant did not say what it did');
    return answer.driven;
  }

  /** Has its work checked and ends it; gives the most memory it ever had. @throws when work is missing */
  async finish(): Promise<number> {
    const answer = await this.#ask({ kind: 'finish' });
    this.leave();
    return 'peakMb' in answer ? answer.peakMb : Number.NaN;
  }

  /** Ends its program, whatever it is doing. */
  leave(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  async #ask(command: Command): Promise<Exclude<Answer, { failed: string }>> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const ended = once(this.#child, 'exit', { signal }).then(() => [{ failed: 'It ended too early' }]);
    const answered = once(this.#child, 'message', { signal });
    this.#child.send(command);
    const [answer] = (await Promise.race([answered, ended])) as [Answer]; // what `serve` sends
    ended.catch(() => undefined);
    if ('failed' in answer) throw new Error(`${command.kind}: ${answer.failed}`);
    return answer;
  }
}
