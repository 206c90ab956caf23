import { drive, type Driven, type Load } from './drive.js';

/** What is measured, in a program of its own, so that its CPU time and its memory are its own. */
export interface Opened {
  once(): Promise<void>;
  /** Throws unless all of the work that was said to be done is found done. */
  verify(done: number): Promise<void>;
  close(): Promise<void>;
}

export type Command = { kind: 'open'; given: unknown } | ({ kind: 'drive' } & Load) | { kind: 'finish' };
export type Answer = { opened: true } | { driven: Driven } | { peakMb: number } | { failed: string };

/** Takes commands from the program that forked this one, one at a time. */
export function serve<Given>(open: (given: Given) => Promise<Opened>): void {
  let opened: Opened | undefined;
  let done = 0;
  const carryOut = async (command: Command): Promise<Answer> => {
    if (command.kind === 'open') {
      opened = await open(command.given as Given); // both ends name the same type
      return { opened: true };
    }
    if (!opened) throw new Error('Nothing was opened');
    if (command.kind === 'drive') {
      const driven = await drive(opened.once, command);
      done += driven.count;
      return { driven };
    }
    const peakMb = process.resourceUsage().maxRSS / 1024;
    await opened.verify(done);
    await opened.close();
    return { peakMb };
  };
  process.on('message', (command: Command) => {
    void carryOut(command)
      .catch((error: unknown): Answer => ({
        failed: error instanceof Error ? (error.stack ?? '') : String(error),
      }))
      .then((answer) => process.send?.(answer));
  });
  // The one that forked this is gone, or has what it wanted.
  process.on('disconnect', () => process.exit());
}
