import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';

import type { Mask } from './mask.js';
import { sifted } from './sift.js';
import type { McpProgram } from './target.js';
import { notSent } from './trouble.js';
import { askedIn, isAnswer, isObject, parseJson, type Asked } from './wire.js';

const MOST_LINE = 4 * 1024 * 1024;
const MOST_CALL = 256 * 1024;
const PATIENCE_MS = 2_000;

export interface ProgramOptions {
  program: McpProgram;
  /** `PATH`: with the declared variables all that the program is given. */
  path: string | undefined;
  mask: Mask;
}

/** JSON lines to and from a program of the operator's. One process; it ends with the connection. */
export class ProgramTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  /** Tells the client library that this is a program: a silent one speaks the older protocol. */
  readonly stderr = null;
  #child: ChildProcessWithoutNullStreams | null = null;
  #rest = '';
  readonly #underWay = new Map<unknown, Asked>();

  constructor(private readonly options: ProgramOptions) {}

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  start(): Promise<void> {
    const { program, path } = this.options;
    const env = { ...(path !== undefined && { PATH: path }), ...program.env };
    const child = spawn(program.command, [...program.args], { env, stdio: 'pipe', windowsHide: true });
    this.#child = child;
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => this.#read(text));
    // What it says there may hold anything, and would fill its pipe if nobody read it.
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    child.once('close', () => this.#ended(child));
    return new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', ({ code }: NodeJS.ErrnoException) => {
        this.#ended(child);
        reject(notSent(`cannot be started (${code ?? 'unknown'})`));
      });
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const child = this.#child;
    if (!child?.stdin.writable) return Promise.reject(notSent('is not running'));
    const asked = askedIn(message);
    if (asked) this.#underWay.set(asked.id, asked);
    return new Promise((resolve) => child.stdin.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }

  /** Asks it to end by closing its input, then less politely. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.stdin.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await isWithin(PATIENCE_MS, ended)) return;
      child.kill(signal);
    }
    await isWithin(PATIENCE_MS, ended);
    this.#ended(child);
  }

  #ended(child: ChildProcessWithoutNullStreams): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#underWay.clear();
    this.onclose?.();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MOST_LINE) this.#child?.kill('SIGKILL');
    else for (const line of lines) this.#deliver(line);
  }

  #deliver(line: string): void {
    const message = parseJson(this.options.mask(line));
    if (!isObject(message)) return;
    if (!isAnswer(message)) return this.#pass(message);
    const asked = this.#underWay.get(message['id']);
    // An answer to nothing is dropped, and with it what it answers wrongly: that call ends by its time-out.
    if (!asked) return;
    this.#underWay.delete(message['id']);
    if (asked.method === 'tools/call' && line.length > MOST_CALL) {
      const error = { code: -32_099, message: `its answer is longer than ${MOST_CALL / 1024} KiB` };
      return this.#pass({ jsonrpc: '2.0', id: asked.id, error });
    }
    this.#pass(sifted(asked, message));
  }

  #pass(message: object): void {
    // The client library checks every message against its own schemas.
    this.onmessage?.(message as JSONRPCMessage);
  }
}

async function isWithin(ms: number, event: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  return Promise.race([event.then(() => true), late]).finally(() => clearTimeout(timer));
}
