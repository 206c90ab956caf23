import { AppError } from '@openloop/kernel';

/** The work's end, or its signal's, whichever comes first: a tool that ignores its signal holds nobody up. */
export function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new AppError('unavailable', 'tools.timed_out', 'The tool took too long'));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}
