import type { Secret } from '@openloop/kernel';
import { WebClient, type Logger, type LogLevel } from '@slack/web-api';
import { z } from 'zod';

import { networkError, SlackError, slackErrorOf } from './slack-error.js';

export interface SlackWebOptions {
  token: Secret;
  /** Where Slack is; a simulator in tests. */
  apiUrl?: string;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** How long a call may take; 10,000 by default. */
  timeoutMs?: number;
}

/** Who the token speaks as. */
export interface Self {
  teamId: string;
  userId: string;
  botId: string | null;
}

const TIMEOUT_MS = 10_000;
const selfSchema = z.object({ team_id: z.string(), user_id: z.string(), bot_id: z.string().optional() });

/**
 * Slack's Web API, each call sent once. After a 429 no call of that method and channel leaves before Slack's time
 * has passed. Logs nothing. Throws {@link SlackError}.
 */
export class SlackWeb {
  readonly #client: WebClient;
  readonly #now: () => number;
  /** Until when a method is closed in a channel. */
  readonly #closed = new Map<string, number>();
  #self: Promise<Self> | undefined;

  constructor({ token, apiUrl, now = Date.now, timeoutMs = TIMEOUT_MS }: SlackWebOptions) {
    this.#now = now;
    this.#client = new WebClient(token.reveal(), {
      ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      allowAbsoluteUrls: false,
      timeout: timeoutMs,
      logger: silent(),
      fetch: fetchOnce,
    });
  }

  /** `channel` narrows what a 429 closes; without it the whole method is closed. */
  async call<T = unknown>(
    method: string,
    args: Record<string, unknown> = {},
    { channel = '' }: { channel?: string } = {},
  ): Promise<T> {
    const gate = `${method} ${channel}`;
    this.#passGate(gate);
    try {
      return (await this.#client.apiCall(method, args)) as T; // the caller names what Slack documents, and checks it
    } catch (thrown) {
      const error = slackErrorOf(thrown);
      if (error.retryInMs !== undefined) this.#closed.set(gate, this.#now() + error.retryInMs);
      throw error;
    }
  }

  /** Asked once; a failure is asked again. */
  self(): Promise<Self> {
    this.#self ??= this.#askSelf().catch((error: unknown) => {
      this.#self = undefined;
      throw error;
    });
    return this.#self;
  }

  async #askSelf(): Promise<Self> {
    const answer = selfSchema.safeParse(await this.call('auth.test'));
    if (!answer.success) throw new SlackError('unreadable_answer', { isDefinite: false });
    const { team_id: teamId, user_id: userId, bot_id: botId = null } = answer.data;
    return { teamId, userId, botId };
  }

  #passGate(gate: string): void {
    const now = this.#now();
    for (const [each, until] of this.#closed) if (until <= now) this.#closed.delete(each);
    const until = this.#closed.get(gate);
    if (until === undefined) return;
    throw new SlackError('rate_limited', { isDefinite: true, retryInMs: until - now });
  }
}

/** The SDK turns a failed connection, and a 429 without a readable time, into errors that cannot be told from others. */
async function fetchOnce(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init).catch((error: unknown) => {
    throw networkError(error);
  });
  const isReadable = /^\d+$/.test(response.headers.get('retry-after') ?? '');
  if (response.status !== 429 || isReadable) return response;
  await response.body?.cancel();
  return Response.json({ ok: false, error: 'ratelimited' });
}

/** The SDK's own logger writes requests and answers. */
function silent(): Logger {
  const nothing = (): void => undefined;
  const level = 'error' as LogLevel; // an enum of the SDK; this is one of its values
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    getLevel: () => level,
    setName: nothing,
  };
}
