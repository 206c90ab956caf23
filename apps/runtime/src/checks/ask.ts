import { AppError } from '@openloop/kernel';

import { reasonOf } from './words.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

const MOST_BYTES = 4 * 1024 * 1024;

/**
 * One GET that tells what came back. The key in `headers` goes nowhere else: redirects are not followed.
 * @throws AppError `unavailable` / `check.unreachable`
 */
export async function ask(
  who: string,
  url: string,
  { headers, signal }: { headers: Record<string, string>; signal: AbortSignal },
): Promise<Answer> {
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal });
    return { status: response.status, headers: response.headers, body: parsed(await limited(response)) };
  } catch (error) {
    throw new AppError('unavailable', 'check.unreachable', `${who} cannot be reached (${reasonOf(error)})`, {
      hint: `Check the address, and that this machine may open connections to ${who}`,
      cause: error,
    });
  }
}

async function limited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
