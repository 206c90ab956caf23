import type { CreatedObject } from './github-call.js';

/** A request as it arrived, also one that was refused or never answered. */
export interface GitHubRequestEntry {
  at: Date;
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  /** Parsed if it is JSON, else the text. */
  body: unknown;
  /** `null` when the token was not accepted. */
  login: string | null;
  /** `waiting`: the answer is not decided yet. */
  answered: number | 'reset' | 'nothing' | 'waiting';
}

/** What happened at GitHub's end: every request received and every object created. The truth in a test. */
export class GitHubLedger {
  #requests: GitHubRequestEntry[] = [];
  #created: CreatedObject[] = [];
  readonly #beforeRead: () => void;

  /** `beforeRead` lets effects land whose time has come. */
  constructor(beforeRead: () => void) {
    this.#beforeRead = beforeRead;
  }

  get requests(): readonly Readonly<GitHubRequestEntry>[] {
    return this.#requests;
  }

  /** Every object created since the start, in order; late ones as soon as they have landed. */
  get created(): readonly Readonly<CreatedObject>[] {
    this.#beforeRead();
    return this.#created;
  }

  posts(path: string): readonly Readonly<GitHubRequestEntry>[] {
    return this.#requests.filter((entry) => entry.method === 'POST' && entry.path === path);
  }

  gets(path: string): readonly Readonly<GitHubRequestEntry>[] {
    return this.#requests.filter((entry) => entry.method === 'GET' && entry.path === path);
  }

  /** Objects whose text contains `marker`. More than one for one marker is a duplicate effect. */
  createdWith(marker: string): readonly Readonly<CreatedObject>[] {
    return this.created.filter(
      ({ title, body }) => title?.includes(marker) === true || body?.includes(marker) === true,
    );
  }

  /** For the simulator. */
  receive(entry: GitHubRequestEntry): GitHubRequestEntry {
    this.#requests.push(entry);
    return entry;
  }

  /** For the simulator. */
  add(created: CreatedObject): void {
    this.#created.push(created);
  }

  /** Forgets everything; for long benches. */
  clear(): void {
    this.#requests = [];
    this.#created = [];
  }
}
