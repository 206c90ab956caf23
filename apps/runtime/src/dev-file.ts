import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { mintKey } from '@openloop/access';
import { newId, Secret } from '@openloop/kernel';
import { z } from 'zod';

const DevFile = z.object({ url: z.string(), key: z.string() });

/** The key of the last `dev` in this folder, so that it stays valid over restarts; a new one the first time. */
export async function devKey(folder: string): Promise<Secret> {
  const text = await readFile(pathIn(folder), 'utf8').catch(() => '{}');
  const known = DevFile.safeParse(parsed(text));
  if (known.success) return new Secret(known.data.key);
  const principal = { id: newId('usr'), handle: '@operator' as const, name: 'operator' };
  return mintKey({ name: '', scopes: [], principal, expiresInDays: null }).secret;
}

/** Tells the CLI in this folder where the server is and how to sign in. Readable by its owner only. */
export async function writeDevFile(folder: string, url: string, key: Secret): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Written anew, so that the mode holds also where an older file was laxer.
  await rm(pathIn(folder), { force: true });
  await writeFile(pathIn(folder), `${JSON.stringify({ url, key: key.reveal() })}\n`, { mode: 0o600 });
}

function pathIn(folder: string): string {
  return join(folder, 'dev.json');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
