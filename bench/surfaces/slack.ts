import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Mentioned, SlackAnswer, SlackCommand, SlackPlace } from './load.js';

const PROGRAM = new URL('./slack-program.js', import.meta.url);
const PATIENCE_MS = 90_000;

/** A Slack of one contestant, from outside. */
export class Slack {
  private constructor(
    private readonly child: ChildProcess,
    readonly place: SlackPlace,
  ) {}

  static async open(): Promise<Slack> {
    const child = fork(fileURLToPath(PROGRAM), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const answer = await ask(child, { kind: 'open' });
    if (!('place' in answer)) throw new Error('Slack did not say where it is');
    return new Slack(child, answer.place);
  }

  async deliverTo(url: string): Promise<void> {
    await ask(this.child, { kind: 'listen', url });
  }

  /** Mentions over and over under a load. @throws when a mention did not get exactly one answer */
  async drive(concurrency: number, ms: number): Promise<Mentioned> {
    const answer = await ask(this.child, { kind: 'drive', concurrency, ms });
    if (!('mentioned' in answer)) throw new Error('Slack did not say what it did');
    return answer.mentioned;
  }

  leave(): void {
    if (this.child.connected) this.child.disconnect();
  }
}

async function ask(
  child: ChildProcess,
  command: SlackCommand,
): Promise<Exclude<SlackAnswer, { failed: string }>> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const ended = once(child, 'exit', { signal }).then(() => [{ failed: 'It ended too early' }]);
  const answered = once(child, 'message', { signal });
  child.send(command);
  const [answer] = (await Promise.race([answered, ended])) as [SlackAnswer]; // what the program sends
  ended.catch(() => undefined);
  if ('failed' in answer) throw new Error(`${command.kind}: ${answer.failed}`);
  return answer;
}
