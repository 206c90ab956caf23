import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Secret } from '@openloop/kernel';
import { GitHubSimulator, type Loopback } from '@openloop/simulators';
import type { ReadTool, Tool, ToolContext, WriteTool } from '@openloop/tools';

import { githubTools, type GitHubOptions } from '../src/index.js';

export const REPO = 'acme/ingestion';
export const KEY = '7Q2M9K8XABCDEFGHJKMNPQRSTV';
export const MARKER = `<!-- openloop:effect:${KEY} -->`;
/** Quick enough for a test, and a write that hangs ends within it. */
export const QUICK = { readMs: 2_000, writeMs: 300, retryBaseMs: 1 };

/** A GitHub with one repository in it, and the tools that speak to it as `openloop-bot`. */
export interface Octo {
  github: GitHubSimulator;
  server: Loopback;
  tools: Tools;
  as(options: Partial<Pick<GitHubOptions, 'allowedOwners' | 'timings'>> & { token?: string }): Tools;
}

export async function startOcto(): Promise<Octo> {
  const github = new GitHubSimulator({
    tokens: { ours: 'openloop-bot', theirs: 'mallory', installation: 'openloop[bot]' },
  });
  github.seedRepo(REPO, { branches: ['fix', 'other'] });
  const server = await github.start();
  const as: Octo['as'] = ({ token = 'ours', ...options }) =>
    new Tools(githubTools({ token: new Secret(token), apiUrl: server.url, timings: QUICK, ...options }));
  return { github, server, tools: as({}), as };
}

export class Tools {
  constructor(readonly all: readonly Tool[]) {}

  read(permission: string): ReadTool {
    const tool = this.all.find((each) => each.permission === permission);
    if (tool?.effect !== 'read') throw new Error(`No read tool ${permission}`);
    return tool;
  }

  write(permission: string): WriteTool & Required<Pick<WriteTool, 'reconcile'>> {
    const tool = this.all.find((each) => each.permission === permission);
    if (tool?.effect !== 'write' || !tool.reconcile)
      throw new Error(`No write tool ${permission} that reconciles`);
    return { ...tool, reconcile: tool.reconcile };
  }
}

export function context(effectKey = KEY): ToolContext {
  return { signal: new AbortController().signal, effectKey };
}

export function look(since: Date, effectKey = KEY): ToolContext & { since: Date } {
  return { ...context(effectKey), since };
}

/** A server that is not GitHub at all: for answers that the simulator is too well-behaved to give. */
export async function startOther(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Loopback & { requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
