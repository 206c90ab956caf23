import { AppError, type Secret } from '@openloop/kernel';

export interface Asked {
  ok: boolean;
  /** Slack's own word for what is wrong: `invalid_auth`. */
  error: string | null;
  body: Readonly<Record<string, unknown>>;
  /** What the token may do, which Slack says with every answer; `null` when it does not. */
  scopes: readonly string[] | null;
  /** Our clock minus Slack's, in milliseconds, to about a second; `null` when Slack did not say the time. */
  skewMs: number | null;
  tookMs: number;
}

export interface SlackPlace {
  token: Secret;
  apiUrl?: string;
  signal?: AbortSignal;
}

const DEFAULT_API = 'https://slack.com/api/';
const DEFAULT_WITHIN_MS = 5_000;
/** A `Date` header has no fraction: on average it is half a second behind. */
const HALF_SECOND_MS = 500;

/**
 * One read-only call of the Web API that also tells what the headers say. The token goes nowhere else: redirects are
 * not followed.
 * @throws AppError `unavailable` / `slack.unreachable`
 */
export async function askSlack(
  { token, apiUrl = DEFAULT_API, signal = AbortSignal.timeout(DEFAULT_WITHIN_MS) }: SlackPlace,
  method: string,
  args: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const startedAt = Date.now();
  try {
    const response = await fetch(`${apiUrl.replace(/\/*$/, '/')}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.reveal()}` },
      body: new URLSearchParams(args),
      redirect: 'error',
      signal,
    });
    const body = objectFrom(await response.text());
    const endedAt = Date.now();
    return {
      ok: body['ok'] === true,
      error: body['ok'] === true ? null : errorOf(body, response.status),
      body,
      scopes: listOf(response.headers.get('x-oauth-scopes')),
      skewMs: skewOf(response.headers.get('date'), (startedAt + endedAt) / 2),
      tookMs: endedAt - startedAt,
    };
  } catch (error) {
    throw new AppError('unavailable', 'slack.unreachable', `Slack cannot be reached: ${reasonOf(error)}`, {
      hint: 'Check that this machine may open https connections to slack.com, and SLACK_API_URL if it is set',
      cause: error,
    });
  }
}

function objectFrom(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function errorOf(body: Readonly<Record<string, unknown>>, status: number): string {
  if (status === 429) return 'ratelimited';
  const { error } = body;
  return typeof error === 'string' && /^[\w:.-]{1,80}$/.test(error) ? error : `http_${status}`;
}

function listOf(header: string | null): string[] | null {
  return header === null
    ? null
    : header
        .split(',')
        .map((scope) => scope.trim())
        .filter((scope) => scope !== '');
}

function skewOf(date: string | null, ourTime: number): number | null {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? null : ourTime - theirs - HALF_SECOND_MS;
}

/** `fetch failed` says nothing: the cause has the code. */
function reasonOf(error: unknown): string {
  const name = textOf(error, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer in time';
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return textOf(cause, 'code') ?? name ?? 'unknown reason';
}

function textOf(value: unknown, key: 'name' | 'code'): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Reflect.get(value, key);
  return typeof text === 'string' ? text : undefined;
}
