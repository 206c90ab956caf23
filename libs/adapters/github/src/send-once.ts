import type { ToolContext, WriteResult } from '@openloop/tools';

import { failureOf } from './failure.js';
import type { GitHubCall, GitHubClients } from './github-clients.js';
import type { ReadMade } from './made.js';

/** Sends one request and says what is known of its end. */
export async function sendOnce(
  github: GitHubClients,
  call: GitHubCall,
  { context: { signal }, made }: { context: ToolContext; made: ReadMade },
): Promise<WriteResult> {
  if (signal.aborted) return { kind: 'failed', reason: 'It was cancelled before it was sent' };
  let signedIn: Awaited<ReturnType<GitHubClients['signIn']>>;
  try {
    signedIn = await github.signIn();
  } catch (error) {
    return {
      ...resultOf(error),
      kind: 'failed',
      reason: `Sign-in to GitHub failed: ${failureOf(error).reason}`,
    };
  }
  if (signal.aborted) return { kind: 'failed', reason: 'It was cancelled before it was sent' };
  try {
    const { status, body } = await github.post(call, { signal, signedIn });
    const result = status >= 200 && status < 300 ? made(body) : null;
    if (result) return { kind: 'done', ...result };
    return { kind: 'unknown', reason: `GitHub answered ${status} without saying what was made` };
  } catch (error) {
    return resultOf(error);
  }
}

function resultOf(error: unknown): Exclude<WriteResult, { kind: 'done' }> {
  const failure = failureOf(error);
  switch (failure.kind) {
    case 'rate_limited':
      return { kind: 'failed', reason: failure.reason, retryAfterMs: failure.retryAfterMs };
    case 'refused':
    case 'unreachable':
      return { kind: 'failed', reason: failure.reason };
    case 'uncertain':
      return { kind: 'unknown', reason: failure.reason };
  }
}
