import { AppError } from '@openloop/kernel';
import { App, Octokit, RequestError } from 'octokit';
import { z } from 'zod';

import type { GitHubApp, GitHubOptions, GitHubTimings } from './options.js';

const TIMINGS: GitHubTimings = { readMs: 10_000, writeMs: 20_000, retryBaseMs: 1_000 };
const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
/** 429 is not asked again at once: the answer says how long to wait. */
const NEVER_REPEATED = [400, 401, 403, 404, 410, 422, 429, 451];
const READ_REPEATS = 2;

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** `POST /repos/{owner}/{repo}/issues` and what fills it; the rest is the query or the body. */
export interface GitHubCall {
  route: string;
  parameters: Readonly<Record<string, unknown>>;
}

export interface GitHubAnswer {
  status: number;
  /** Parsed JSON, or the raw text when it did not parse. */
  body: unknown;
  /** The address of the next page. */
  next?: string;
}

/** Proof of sign-in, only ever put in a header. */
type SignedIn = { authorization: string };

/**
 * Two clients that share nothing but the credentials. The reader may repeat what failed. The writer sends exactly
 * once: octokit's own retry would turn one create into four, its App sign-in repeats on 401, and `fetch` follows a
 * 307 and repeats on 421.
 */
export class GitHubClients {
  readonly #reader: Octokit;
  readonly #writer: Octokit;
  readonly #signIn: () => Promise<SignedIn>;
  readonly #isApp: boolean;
  readonly #origin: string;
  #login: string | undefined;

  constructor(options: GitHubOptions) {
    const timings = { ...TIMINGS, ...options.timings };
    const shared = { baseUrl: apiUrlOf(options), userAgent: 'openloop', log: silent };
    const reading = {
      ...shared,
      retry: { doNotRetry: NEVER_REPEATED, retries: READ_REPEATS, retryAfterBaseValue: timings.retryBaseMs },
      throttle: { enabled: false },
      request: { fetch: fetchWithin(timings.readMs), log: silent },
    };
    this.#origin = new URL(shared.baseUrl).origin;
    this.#reader = new Octokit(reading);
    this.#writer = new Octokit({
      ...shared,
      retry: { enabled: false },
      throttle: { enabled: false },
      request: { fetch: unrepeatable(fetchWithin(timings.writeMs)), redirect: 'manual', log: silent },
    });
    this.#isApp = 'app' in options;
    this.#signIn =
      'app' in options
        ? appSignIn(options.app, Octokit.defaults(reading))
        : () => Promise.resolve({ authorization: `Bearer ${options.token.reveal()}` });
  }

  /** With an App this may ask GitHub for a token, which is no part of a write: when it fails, nothing was written. */
  signIn(): Promise<SignedIn> {
    return this.#signIn();
  }

  /** @throws RequestError, or what `signIn` throws. */
  async get(call: GitHubCall, signal: AbortSignal): Promise<GitHubAnswer> {
    return send(this.#reader, { call, signal, signedIn: await this.#signIn() });
  }

  /** A `next` of an earlier answer. Credentials are not sent to wherever it may point. */
  async nextPage(next: string, signal: AbortSignal): Promise<GitHubAnswer> {
    if (URL.parse(next)?.origin !== this.#origin) {
      throw new AppError('unavailable', 'github.foreign_page', 'GitHub named a next page at another address');
    }
    return this.get({ route: `GET ${next}`, parameters: {} }, signal);
  }

  /** One request, whatever happens to it. */
  post(
    call: GitHubCall,
    { signal, signedIn }: { signal: AbortSignal; signedIn: SignedIn },
  ): Promise<GitHubAnswer> {
    return send(this.#writer, { call, signal, signedIn });
  }

  /** Who we write as; `null` when GitHub does not say, as for an App. */
  async login(signal: AbortSignal): Promise<string | null> {
    if (this.#isApp) return null;
    if (this.#login !== undefined) return this.#login;
    try {
      const { body } = await this.get({ route: 'GET /user', parameters: {} }, signal);
      this.#login = z.object({ login: z.string().min(1) }).parse(body).login;
      return this.#login;
    } catch (error) {
      if (error instanceof RequestError && [403, 404].includes(error.status)) return null;
      throw error;
    }
  }
}

interface Sending {
  call: GitHubCall;
  signal: AbortSignal;
  signedIn: SignedIn;
}

async function send(client: Octokit, { call, signal, signedIn }: Sending): Promise<GitHubAnswer> {
  const { status, data, headers } = await client.request(call.route, {
    ...call.parameters,
    headers: { ...HEADERS, ...signedIn },
    request: { signal },
  });
  const next = /<([^<>]+)>;\s*rel="next"/.exec(headers.link ?? '')?.[1];
  return { status, body: data, ...(next === undefined ? {} : { next }) };
}

/** The token lives an hour and octokit keeps it for most of that. */
function appSignIn(
  { appId, privateKey, installationId }: GitHubApp,
  reader: typeof Octokit,
): () => Promise<SignedIn> {
  let app: App | undefined;
  return async () => {
    try {
      app ??= new App({ appId, privateKey: privateKey.reveal(), Octokit: reader, log: silent });
      const { token } = z
        .object({ token: z.string() })
        .parse(await app.octokit.auth({ type: 'installation', installationId }));
      return { authorization: `Bearer ${token}` };
    } catch (error) {
      if (error instanceof RequestError) throw error;
      throw new AppError('unavailable', 'github.app_key', 'The GitHub App key could not be used');
    }
  };
}

function fetchWithin(ms: number): typeof fetch {
  return (input, init) => {
    const limit = AbortSignal.timeout(ms);
    return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit });
  };
}

/** A stream cannot be sent twice. Text can, and Node's `fetch` does it by itself when the answer is 421. */
function unrepeatable(once: typeof fetch): typeof fetch {
  return (input, init) => {
    if (typeof init?.body !== 'string') return once(input, init);
    const bytes = new Blob([init.body]);
    const headers = new Headers(init.headers);
    headers.set('content-length', String(bytes.size));
    return once(input, { ...init, headers, body: bytes.stream(), duplex: 'half' });
  };
}

function apiUrlOf({ apiUrl = 'https://api.github.com' }: GitHubOptions): string {
  if (!/^https?:$/.test(URL.parse(apiUrl)?.protocol ?? '')) {
    throw new AppError(
      'invalid',
      'github.api_url',
      'The GitHub API address must start with https:// or http://',
    );
  }
  return apiUrl.replace(/\/+$/, '');
}
