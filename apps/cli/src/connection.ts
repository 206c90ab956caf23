import { AppError, messageOf, Secret } from '@openloop/kernel';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

import { errorCodeOf } from './error-code.js';
import { wrongUsage } from './exit-code.js';
import type { Io } from './io.js';

export interface Connection {
  server: string;
  token: Secret | null;
  /** Where the server's address came from: `context prod`, `--server`. */
  source: string;
}

/** One place that names a server, perhaps with the key for it. */
interface Known {
  server: string;
  token: string | null;
  source: string;
}

/**
 * `--server`, then `OPENLOOP_SERVER`, then the current context of `~/.config/openloop/config.yaml`, then what
 * `npm start` wrote into this directory. The key is `OPENLOOP_TOKEN`, or what stands beside the same server.
 */
export async function findConnection(io: Io, serverFlag: string | undefined): Promise<Connection> {
  const known = [...(await fromConfig(io)), ...(await fromDev(io))];
  const named = serverFlag ?? io.env['OPENLOOP_SERVER'];
  const chosen = named
    ? { server: named, token: null, source: serverFlag ? '--server' : 'OPENLOOP_SERVER' }
    : known[0];
  if (!chosen) {
    throw wrongUsage(
      'No server to talk to',
      'Start one in this directory with `npm start`, or name one with --server URL or OPENLOOP_SERVER',
    );
  }
  const server = originOf(chosen.server, chosen.source);
  const kept = known.find((each) => each.token !== null && sameServer(each.server, server));
  const token = io.env['OPENLOOP_TOKEN'] || kept?.token;
  return { server, source: chosen.source, token: token ? new Secret(token) : null };
}

/** The current context, when there is one. */
async function fromConfig(io: Io): Promise<Known[]> {
  const folder = io.env['XDG_CONFIG_HOME'] || join(io.home, '.config');
  const path = join(folder, 'openloop', 'config.yaml');
  const config = await readStructured(path, (text): unknown => parse(text, { maxAliasCount: 0 }));
  const current = textAt(config, 'current_context');
  if (current === null) return [];
  const context = memberOf(memberOf(config, 'contexts'), current);
  const server = textAt(context, 'server');
  if (server === null) throw badConfig(path, `context ${current} names no server`);
  return [{ server, token: textAt(context, 'token'), source: `context ${current}` }];
}

/** What a running `openloop dev` says of itself. */
async function fromDev(io: Io): Promise<Known[]> {
  const path = join(resolve(io.cwd, io.env['OPENLOOP_DATA'] || '.openloop'), 'dev.json');
  const dev = await readStructured(path, (text): unknown => JSON.parse(text));
  const server = textAt(dev, 'url');
  return server === null
    ? []
    : [{ server, token: textAt(dev, 'key'), source: 'the server started in this directory' }];
}

async function readStructured(path: string, parseText: (text: string) => unknown): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error))) return null;
    throw badConfig(path, messageOf(error));
  }
  try {
    return parseText(text);
  } catch {
    throw badConfig(path, 'it does not parse');
  }
}

function badConfig(path: string, why: string): AppError {
  const hint = 'Correct or remove the file, or name a server with --server URL';
  return new AppError('invalid', 'cli.config_invalid', `Cannot use ${path}: ${why}`, { hint });
}

function originOf(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search) {
    throw wrongUsage(
      `The server of ${source} is not an http or https address`,
      'It looks like http://127.0.0.1:4400',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** A key goes only to the server it was kept for. */
function sameServer(kept: string, server: string): boolean {
  return URL.canParse(kept) && new URL(kept).origin === new URL(server).origin;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : null;
}

function textAt(value: unknown, name: string): string | null {
  const member = memberOf(value, name);
  return typeof member === 'string' && member !== '' ? member : null;
}
