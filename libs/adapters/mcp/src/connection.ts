import {
  Client,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { AppError } from '@openloop/kernel';
import type { Listed, ServerCall, ToolContext, WriteResult } from '@openloop/tools';

import type { Fetched } from './fresh.js';
import { guardedFetch } from './guarded-fetch.js';
import type { Resolve } from './guarded-request.js';
import { failureOf, outcomeOf } from './outcome.js';
import { ProgramTransport } from './program-transport.js';
import { readPages } from './read-pages.js';
import { siftTools } from './sift-tools.js';
import type { Target } from './target.js';
import { notSent, ourError } from './trouble.js';

const CONNECT_MS = 10_000;
/** How long a program may think about a question of the new protocol; an old one does not answer it. */
const PROBE_MS = 2_000;
const CHANGED = 'notifications/tools/list_changed';
/** A program that ran so long has not ended because of how it was started. */
const STABLE_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export interface ConnectionOptions {
  path: string | undefined;
  resolve: Resolve;
  /** The server says that its tools are others now. */
  onChange: () => void;
}

/** One server: connected when it is first needed, and again when the connection is gone. */
export class Connection {
  #client: Promise<Client> | null = null;
  #failures = 0;
  #openedAt = 0;
  #isClosed = false;
  readonly #transports = new Set<Transport>();
  #notBefore = 0;

  constructor(
    private readonly target: Target,
    private readonly options: ConnectionOptions,
  ) {}

  /** @throws AppError `unavailable` / `mcp.unreachable` */
  async list(): Promise<Fetched<Listed>> {
    const isOld = this.#client !== null;
    try {
      return await this.#listOnce();
    } catch (error) {
      this.#drop();
      // Servers forget sessions and programs end: what only reads is tried once more, on a connection of its own.
      if (!isOld) throw this.#unreachable(error);
    }
    return this.#listOnce().catch((error: unknown) => {
      this.#drop();
      throw this.#unreachable(error);
    });
  }

  async call(
    { definition, args }: ServerCall,
    context: ToolContext,
    timeoutMs: number,
  ): Promise<WriteResult> {
    const client = await this.#connected().catch((error: unknown) => this.#unreachable(error));
    if (client instanceof AppError) return { kind: 'failed', reason: client.message };
    if (context.signal.aborted) return { kind: 'failed', reason: 'The time was up before it was sent' };
    try {
      const { name, inputSchema } = definition;
      const meta = { 'openloop/effect': context.effectKey };
      // Without its output schema: a result that does not fit it was carried out all the same.
      const toolDefinition = { name, inputSchema: { ...inputSchema, type: 'object' as const } };
      const result = await client.callTool(
        { name, arguments: { ...args }, _meta: meta },
        { toolDefinition, timeout: timeoutMs, signal: context.signal },
      );
      return outcomeOf(result, name, context.effectKey);
    } catch (error) {
      if (error instanceof SdkHttpError && error.status === 404) this.#drop();
      return failureOf(error);
    }
  }

  /** Also what is still being connected to. */
  async close(): Promise<void> {
    this.#client = null;
    this.#isClosed = true;
    await Promise.all([...this.#transports].map((each) => each.close().catch(() => undefined)));
  }

  async #listOnce(): Promise<Fetched<Listed>> {
    const client = await this.#connected();
    const { written, ttlMs, said } = await readPages(client);
    // The stateless protocol says with every answer who answers; the older one when it connects.
    const { name = '', version = '' } = said ?? client.getServerVersion() ?? {};
    const identity = { host: this.target.host, name, version };
    return { value: { identity, ...siftTools(written) }, ttlMs };
  }

  #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    if (this.#isClosed) return Promise.reject(notSent('is not asked any more'));
    const wait = this.#notBefore - Date.now();
    if (wait > 0) return Promise.reject(notSent(`is started again in ${Math.ceil(wait / 1000)} s`));
    const connecting: Promise<Client> = this.#connect(() => {
      if (this.#client === connecting) this.#ended();
    });
    this.#client = connecting;
    connecting.catch(() => {
      if (this.#client === connecting) this.#ended();
    });
    return connecting;
  }

  /** A program that keeps ending is started more and more rarely; a server on the network is asked whenever needed. */
  #ended(): void {
    this.#client = null;
    if (this.target.kind === 'http') return;
    const now = Date.now();
    if (this.#openedAt > 0 && now - this.#openedAt > STABLE_MS) this.#failures = 0;
    const pause = this.#failures === 0 ? 0 : FIRST_PAUSE_MS * 2 ** (this.#failures - 1);
    this.#notBefore = now + Math.min(pause, LONGEST_PAUSE_MS);
    this.#failures += 1;
  }

  async #connect(onClose: () => void): Promise<Client> {
    try {
      return await this.#open('auto', onClose);
    } catch (error) {
      if (this.target.kind === 'http' || ourError(error)) throw error;
      // A program of the older kind may end at a question it does not know.
      return this.#open('legacy', onClose);
    }
  }

  async #open(mode: 'auto' | 'legacy', onClose: () => void): Promise<Client> {
    const transport = this.#transport();
    let isOpen = false;
    const onclose = () => {
      if (!isOpen) return;
      this.#transports.delete(transport);
      onClose();
    };
    const client = Object.assign(newClient(mode, this.target.kind), { onclose });
    client.setNotificationHandler(CHANGED, () => this.options.onChange());
    this.#transports.add(transport);
    try {
      await client.connect(transport, { timeout: CONNECT_MS });
    } catch (error) {
      // A program that does not want to end takes a while; `close()` waits for it, this caller does not.
      void transport
        .close()
        .catch(() => undefined)
        .finally(() => this.#transports.delete(transport));
      throw error;
    }
    if (!client.transport) throw notSent('ended as soon as it was started');
    isOpen = true;
    this.#openedAt = Date.now();
    this.#listen(client);
    return client;
  }

  #listen(client: Client): void {
    if (client.getProtocolEra() !== 'modern' || !client.getServerCapabilities()?.tools?.listChanged) return;
    // Without it a change is seen a little later: at the next look.
    client.listen({ toolsListChanged: true }, { timeout: CONNECT_MS }).catch(() => undefined);
  }

  #transport(): Transport {
    const { target, options } = this;
    if (target.kind === 'program') {
      return new ProgramTransport({ program: target.program, path: options.path, mask: target.mask });
    }
    const onNotification = (method: string) => {
      if (method === CHANGED) options.onChange();
    };
    const { mask, url, headers } = target;
    const fetch = guardedFetch({
      mask,
      onNotification,
      resolve: options.resolve,
      connectTimeoutMs: CONNECT_MS,
    });
    const reconnectionOptions = {
      maxRetries: 0,
      initialReconnectionDelay: FIRST_PAUSE_MS,
      maxReconnectionDelay: LONGEST_PAUSE_MS,
      reconnectionDelayGrowFactor: 2,
    };
    return new StreamableHTTPClientTransport(url, { fetch, requestInit: { headers }, reconnectionOptions });
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.then((each) => each.close()).catch(() => undefined);
  }

  #unreachable(error: unknown): AppError {
    const { kind, reason } = describeFailure(error);
    const message = `The MCP server ${this.target.host} ${reason}`;
    return new AppError('unavailable', 'mcp.unreachable', message, { details: { kind } });
  }
}

function newClient(mode: 'auto' | 'legacy', kind: Target['kind']): Client {
  const timeoutMs = kind === 'program' ? PROBE_MS : CONNECT_MS;
  return new Client(
    { name: 'openloop', version: '1' },
    {
      capabilities: {},
      versionNegotiation: { mode, probe: { timeoutMs } },
      // Nothing that a server asks for in the middle of a call is answered.
      inputRequired: { autoFulfill: false },
    },
  );
}

function describeFailure(error: unknown): { kind: string; reason: string } {
  const ours = ourError(error);
  if (ours) return { kind: ours.code, reason: ours.message };
  if (error instanceof SdkHttpError) return { kind: 'http', reason: `answered with status ${error.status}` };
  const result = failureOf(error);
  const words = result.kind === 'done' ? '' : result.reason;
  return { kind: 'protocol', reason: words.replace(/^The server /, '') };
}
