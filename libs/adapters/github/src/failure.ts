import { neverConnected, AppError } from '@openloop/kernel';
import { RequestError } from 'octokit';
import { z } from 'zod';

import { networkWords } from './network-failure.js';

/** How a request ended that did not end well. Only `uncertain` may have had an effect. */
export type Failure =
  | { kind: 'refused'; status: number; reason: string }
  | { kind: 'rate_limited'; reason: string; retryAfterMs: number }
  | { kind: 'unreachable'; reason: string }
  | { kind: 'uncertain'; reason: string };

/** The effect protocol's closed list of answers that prove nothing was done. */
const REFUSALS = new Set([400, 401, 403, 404, 410, 422]);
const HINTS: Readonly<Record<number, string>> = {
  401: 'the credentials were not accepted',
  403: 'the credentials do not allow this',
  404: 'it does not exist, or the credentials do not reach it',
};
/** What GitHub's documentation asks for when the answer names no time. */
const DEFAULT_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
const SHORTEST_WAIT_MS = 1_000;
const MOST_WORDS = 400;

type Headers = Readonly<Record<string, string | number | undefined>>;

export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) return { kind: 'uncertain', reason: error.message };
  if (!(error instanceof RequestError))
    return { kind: 'uncertain', reason: 'The request to GitHub ended unexpectedly' };
  const { response, status } = error;
  if (!response) {
    const reason = networkWords(error.cause);
    return neverConnected(error.cause) ? { kind: 'unreachable', reason } : { kind: 'uncertain', reason };
  }
  const words = githubWords(response.data);
  if (isRateLimit(status, { headers: response.headers, words })) {
    return {
      kind: 'rate_limited',
      reason: `GitHub asks to wait: ${words || 'too many requests'}`,
      retryAfterMs: waitMs(response.headers),
    };
  }
  const hint = HINTS[status];
  const reason = `GitHub answered ${status}${words ? `: ${words}` : ''}${hint ? ` (${hint})` : ''}`;
  return REFUSALS.has(status) ? { kind: 'refused', status, reason } : { kind: 'uncertain', reason };
}

/** A 403 is a rate limit when GitHub says so, in a header or, for some secondary limits, in words alone. */
function isRateLimit(status: number, { headers, words }: { headers: Headers; words: string }): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    /secondary rate limit|rate limit exceeded|abuse detection/i.test(words)
  );
}

function waitMs(headers: Headers): number {
  const now = Date.parse(String(headers['date'])) || Date.now();
  const wait = retryAfterMs(headers, now) ?? resetMs(headers, now) ?? DEFAULT_WAIT_MS;
  return Math.min(Math.max(wait, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
}

function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = String(headers['retry-after'] ?? '');
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date - now;
}

function resetMs(headers: Headers, now: number): number | undefined {
  const value = String(headers['x-ratelimit-reset'] ?? '');
  if (String(headers['x-ratelimit-remaining']) !== '0' || !/^\d+$/.test(value)) return undefined;
  return Number(value) * 1000 - now;
}

const errorSchema = z.object({ message: z.string(), errors: z.array(z.unknown()).optional() });
const detailSchema = z.union([
  z.string(),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z
    .object({ field: z.string(), code: z.string() })
    .transform(({ field, code }) => `${field} is ${CODES[code] ?? code}`),
]);
const CODES: Readonly<Record<string, string>> = {
  missing: 'not found',
  missing_field: 'missing',
  already_exists: 'already taken',
};

/** `Validation Failed: title is missing`; empty when the answer has no message, such as a proxy's HTML page. */
function githubWords(data: unknown): string {
  const parsed = errorSchema.safeParse(data);
  if (!parsed.success) return '';
  const details = (parsed.data.errors ?? []).flatMap((error) => detailSchema.safeParse(error).data ?? []);
  const words = details.length > 0 ? `${parsed.data.message}: ${details.join(', ')}` : parsed.data.message;
  return words
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MOST_WORDS)
    .toWellFormed()
    .trim();
}
