import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import {
  cut,
  listen,
  parseJson,
  pause,
  sendHalf,
  sendJson,
  type ListenOptions,
  type Loopback,
  type Sent,
  type WireRequest,
} from '../loopback.js';
import type { GitHubAnswer, GitHubCall } from './github-call.js';
import { ArmedFaults, type GitHubArming, type GitHubFault } from './github-faults.js';
import { GitHubLedger, type GitHubRequestEntry } from './github-ledger.js';
import { GitHubRefusal, notFound, secondaryLimit } from './github-refusal.js';
import { route } from './github-router.js';
import { GitHubShapes } from './github-shapes.js';
import { addBranch, GitHubStore, type RepoSeed } from './github-store.js';
import { Landings } from './landings.js';

export interface GitHubSimulatorOptions {
  /** Accepted tokens and whose they are. A login that ends in `[bot]` is an app's: it has no `/user`. */
  tokens: Readonly<Record<string, string>>;
  now?: () => Date;
}

const HOURLY_LIMIT = 5000;

/**
 * GitHub's REST API on the loopback, as octokit speaks it with `baseUrl: url`: the user, repositories, issues,
 * comments, pull requests and refs. It misbehaves on demand and keeps a ledger of what truly happened.
 */
export class GitHubSimulator {
  readonly ledger: GitHubLedger;
  readonly #faults = new ArmedFaults();
  readonly #store = new GitHubStore();
  readonly #landings = new Landings();
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #now: () => Date;
  #used = 0;

  constructor({ tokens, now = () => new Date() }: GitHubSimulatorOptions) {
    this.#tokens = new Map(Object.entries(tokens));
    this.#now = now;
    this.ledger = new GitHubLedger(() => this.#landings.land(this.#now()));
  }

  start(options?: ListenOptions): Promise<Loopback> {
    return listen((request, response) => this.#serve(request, response), options);
  }

  /** Adds a repository, or puts an empty one in the place of one with this name. */
  seedRepo(fullName: string, seed: RepoSeed = {}): void {
    this.#store.seedRepo(fullName, seed, this.#now());
  }

  /** As if somebody had pushed a new branch. */
  seedBranch(fullName: string, branch: string): void {
    const repo = this.#store.repo(fullName);
    if (!repo) throw new Error(`No repository ${fullName} was seeded`);
    addBranch(repo, branch);
  }

  /** The next matching request, or the next few, will misbehave. */
  arm(arming: GitHubArming): void {
    this.#faults.arm(arming);
  }

  /** Armings that have not gone off in full. */
  get armed(): number {
    return this.#faults.waiting;
  }

  /** Everything that is late has now happened and everything unlisted is listed; what is armed is disarmed. */
  settle(): void {
    this.#faults.disarm();
    this.#landings.landAll(this.#now());
    for (const repo of this.#store.repos()) {
      for (const each of [...repo.issues, ...repo.comments]) each.listedFrom = 0;
    }
  }

  async #serve(request: WireRequest, response: ServerResponse): Promise<void> {
    const now = this.#now();
    this.#landings.land(now);
    const login = this.#loginOf(request);
    const entry = this.ledger.receive({
      at: now,
      method: request.method,
      path: request.path,
      query: Object.fromEntries(request.query),
      body: request.text === '' ? null : (parseJson(request.text) ?? request.text),
      login,
      answered: 'waiting',
    });
    const fault = login === null ? {} : (this.#faults.take(request.method, request.path) ?? {});
    const answer = this.#effect(request, { login, now, fault });
    await pause(fault.delayMs ?? 0, response);
    await this.#send({ fault, answer, entry }, response);
  }

  #loginOf({ headers }: WireRequest): string | null {
    const token = /^(?:token|bearer) (\S+)$/iu.exec(headers.authorization ?? '')?.[1];
    return token === undefined ? null : (this.#tokens.get(token) ?? null);
  }

  /** Does what was asked, now, later or never, and says what a well-behaved GitHub would answer. */
  #effect(request: WireRequest, { login, now, fault }: Circumstances): GitHubAnswer {
    if (login === null) return refused(authRefusal(request));
    const { effect = 'now' } = fault;
    const run = (at: Date): GitHubAnswer => this.#answer(request, { login, now: at, fault });
    if (effect === 'now') return run(now);
    if (effect !== 'never') this.#landings.schedule(now.getTime() + effect.afterMs, run);
    return refused(new GitHubRefusal(502, 'Server Error'));
  }

  #answer(request: WireRequest, { login, now, fault }: Circumstances & { login: string }): GitHubAnswer {
    const found = route(request.method, request.path);
    if (!found) return refused(notFound());
    const root = `http://${request.headers.host ?? ''}`;
    const call: GitHubCall = {
      store: this.#store,
      shapes: new GitHubShapes(root),
      ledger: this.ledger,
      login,
      params: found.params,
      query: request.query,
      url: root + request.path,
      text: request.text,
      now,
      unlistedMs: fault.unlistedMs ?? 0,
    };
    try {
      return found.endpoint.answer(call);
    } catch (error) {
      if (error instanceof GitHubRefusal) return refused(error);
      throw error;
    }
  }

  async #send({ fault, answer, entry }: Exchange, response: ServerResponse): Promise<void> {
    const wanted = fault.answer;
    entry.answered = outcomeOf(fault, answer);
    switch (wanted?.kind) {
      case 'reset':
        return cut(response);
      case 'nothing':
        return;
      case 'truncated':
        return sendHalf(response, this.#dressed(answer));
      case 'status':
        return sendJson(response, this.#dressed(refused(new GitHubRefusal(wanted.status, 'Server Error'))));
      case 'limit': {
        const limited = refused(secondaryLimit(wanted.status));
        return sendJson(
          response,
          this.#dressed({ ...limited, headers: { 'retry-after': String(wanted.retryAfter) } }),
        );
      }
      case undefined:
        return sendJson(response, this.#dressed(answer));
    }
  }

  #dressed({ status, body, headers }: GitHubAnswer): Sent {
    this.#used = (this.#used + 1) % HOURLY_LIMIT;
    const reset = Math.floor(this.#now().getTime() / 1000) + 3600;
    const limits = {
      'x-github-media-type': 'github.v3; format=json',
      'x-github-request-id': randomBytes(8).toString('hex').toUpperCase(),
      'x-ratelimit-limit': String(HOURLY_LIMIT),
      'x-ratelimit-remaining': String(HOURLY_LIMIT - this.#used),
      'x-ratelimit-used': String(this.#used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    };
    return { status, body, headers: { ...limits, ...headers } };
  }
}

interface Circumstances {
  login: string | null;
  now: Date;
  fault: GitHubFault;
}

interface Exchange {
  fault: GitHubFault;
  answer: GitHubAnswer;
  entry: GitHubRequestEntry;
}

function refused({ status, body }: GitHubRefusal): GitHubAnswer {
  return { status, body };
}

function authRefusal({ headers }: WireRequest): GitHubRefusal {
  return new GitHubRefusal(
    401,
    headers.authorization === undefined ? 'Requires authentication' : 'Bad credentials',
  );
}

function outcomeOf({ answer: wanted }: GitHubFault, answer: GitHubAnswer): GitHubRequestEntry['answered'] {
  if (wanted === undefined || wanted.kind === 'truncated') return answer.status;
  return wanted.kind === 'reset' || wanted.kind === 'nothing' ? wanted.kind : wanted.status;
}
