interface Landing {
  dueAt: number;
  run: (at: Date) => void;
}

/** Effects that happen some time after their request was answered. Looked at whenever somebody looks at GitHub. */
export class Landings {
  #waiting: Landing[] = [];

  /** `dueAt` in milliseconds since 1970. */
  schedule(dueAt: number, run: (at: Date) => void): void {
    this.#waiting = [...this.#waiting, { dueAt, run }].toSorted((a, b) => a.dueAt - b.dueAt);
  }

  /** Lets happen what is due, each at its own moment, in order. */
  land(now: Date): void {
    const isDue = ({ dueAt }: Landing): boolean => dueAt <= now.getTime();
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((each) => !isDue(each));
    for (const { dueAt, run } of due) run(new Date(dueAt));
  }

  landAll(now: Date): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const { dueAt, run } of all) run(new Date(Math.min(dueAt, now.getTime())));
  }
}
