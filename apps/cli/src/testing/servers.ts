import { ContractServer, type Answers } from '@openloop/api-contract/testing';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Servers and folders of one test, closed and removed after it. */
export class Stage {
  readonly #open: (() => Promise<unknown>)[] = [];

  async serve(answers: Answers): Promise<{ server: ContractServer; env: { OPENLOOP_SERVER: string } }> {
    const server = await ContractServer.start(answers);
    this.#open.push(() => server.close());
    return { server, env: { OPENLOOP_SERVER: server.url } };
  }

  /** A new folder with these files. */
  async folder(files: Record<string, string>): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'openloop-cli-'));
    this.#open.push(() => rm(path, { recursive: true }));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
    return path;
  }

  async clear(): Promise<void> {
    for (const close of this.#open.splice(0)) await close();
  }
}

export function page<T>(data: T[]) {
  return { data, next_cursor: null, has_more: false };
}
