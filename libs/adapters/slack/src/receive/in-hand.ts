import { setTimeout as pause } from 'node:timers/promises';

import { messageOf } from '@openloop/kernel';

import type { SlackLog } from '../options.js';

/** What was begun and has not ended, so that a stop can wait for it. */
export class InHand {
  readonly #begun = new Set<Promise<unknown>>();

  constructor(private readonly log: SlackLog) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    const begun = work();
    this.#begun.add(begun);
    try {
      return await begun;
    } finally {
      this.#begun.delete(begun);
    }
  }

  /** Runs after what it follows was acknowledged; when it fails nobody is left to tell. */
  later(what: string, work: () => Promise<unknown>): void {
    void this.run(work).catch((error: unknown) => {
      this.log.warn({ what, error: messageOf(error) }, 'Slack could not be told something');
    });
  }

  /** Resolves when nothing is in hand, or after `withinMs`. */
  async drain(withinMs: number): Promise<void> {
    const stop = new AbortController();
    const late = pause(withinMs, 'late', { signal: stop.signal }).catch(() => 'done');
    const idle = async (): Promise<string> => {
      while (this.#begun.size > 0) await Promise.allSettled(this.#begun);
      return 'done';
    };
    if ((await Promise.race([idle(), late])) === 'late') {
      this.log.warn({ left: this.#begun.size }, 'Stopped before everything from Slack was dealt with');
    }
    stop.abort();
  }
}
