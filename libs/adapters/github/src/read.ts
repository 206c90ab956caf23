import { AppError } from '@openloop/kernel';
import type { z } from 'zod';

import { failureOf, type Failure } from './failure.js';
import type { GitHubCall, GitHubClients } from './github-clients.js';
import { withoutMarkers } from './marker.js';

const MOST_BODY = 16_000;

interface Reading<Body> {
  schema: z.ZodType<Body>;
  signal: AbortSignal;
}

/** @throws AppError that says in GitHub's own words why there is nothing to read. */
export async function readFrom<Body>(
  github: GitHubClients,
  call: GitHubCall,
  { schema, signal }: Reading<Body>,
): Promise<{ body: Body; more: boolean }> {
  const { body, next } = await github.get(call, signal).catch((error: unknown) => {
    throw readError(failureOf(error));
  });
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new AppError(
      'unavailable',
      'github.unreadable',
      'GitHub answered with something that could not be read',
    );
  }
  return { body: parsed.data, more: next !== undefined };
}

/** Bodies are cut, and say so, before they fill a model's context. */
export function trimmedBody(body: string | null | undefined): { body: string; bodyCut?: true } {
  const text = withoutMarkers(body ?? '');
  return text.length > MOST_BODY
    ? { body: text.slice(0, MOST_BODY).toWellFormed(), bodyCut: true }
    : { body: text };
}

function readError(failure: Failure): AppError {
  switch (failure.kind) {
    case 'rate_limited':
      return new AppError('unavailable', 'github.rate_limited', failure.reason, {
        details: { retryAfterMs: failure.retryAfterMs },
      });
    case 'unreachable':
    case 'uncertain':
      return new AppError('unavailable', 'github.unavailable', failure.reason);
    case 'refused':
      return refusal(failure.status, failure.reason);
  }
}

function refusal(status: number, reason: string): AppError {
  if (status === 401) {
    return new AppError('unavailable', 'github.credentials_refused', reason, {
      hint: 'Check the GitHub token or App key this server runs with',
    });
  }
  if (status === 403) return new AppError('forbidden', 'github.refused', reason);
  if (status === 404 || status === 410) return new AppError('not_found', 'github.not_found', reason);
  return new AppError('invalid', 'github.invalid', reason);
}
