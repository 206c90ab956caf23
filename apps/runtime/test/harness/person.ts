import {
  ApiClient,
  routes,
  type ApprovalView,
  type AuditView,
  type CallOf,
  type AnyRoute,
  type OutputOf,
  type RunView,
  type Scope,
} from '@openloop/api-contract';
import { Secret } from '@openloop/kernel';

import { until } from './until.js';

export const DECIDER: readonly Scope[] = ['approvals:read', 'approvals:decide', 'runs:read'];

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  /** The body parsed, `null` when it is not JSON. */
  json: Record<string, unknown> | null;
}

/** Somebody with a key of their own, and what people do with it. */
export class Person {
  readonly #client: ApiClient;

  constructor(
    readonly url: string,
    readonly key: string,
  ) {
    this.#client = new ApiClient({ server: url, token: new Secret(key) });
  }

  call<T extends AnyRoute>(route: T, input: CallOf<T>): Promise<OutputOf<T>> {
    return this.#client.call(route, input);
  }

  stream<T extends AnyRoute>(
    route: T,
    input: CallOf<T>,
    options?: { signal?: AbortSignal; lastEventId?: string },
  ) {
    return this.#client.stream(route, input, options);
  }

  /** A request as it stands, with this person's key unless `headers` says otherwise. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const auth = { authorization: `Bearer ${this.key}` };
    return send(`${this.url}${path}`, method, body, { ...auth, ...headers });
  }

  /** Makes a key for somebody. Only an admin can. */
  async admit(handle: string, scopes: readonly Scope[]): Promise<Person> {
    const body = { name: `key of ${handle}`, for: handle, scopes: [...scopes] };
    const { key } = await this.call(routes['keys.create'], { body });
    return new Person(this.url, key);
  }

  async apply(...texts: readonly string[]): Promise<void> {
    const files = texts.map((text, index) => ({ file: `agent-${index}.yaml`, text }));
    const { applied, problems } = await this.call(routes['agents.apply'], { body: { files } });
    if (!applied) throw new Error(`Not applied: ${JSON.stringify(problems)}`);
  }

  async start(agent: string, input: string, more: { thread?: string; labels?: Record<string, string> } = {}) {
    return this.call(routes['runs.start'], { body: { agent, input, ...more } });
  }

  run(id: string): Promise<RunView> {
    return this.call(routes['runs.get'], { params: { id } });
  }

  approval(id: string): Promise<ApprovalView> {
    return this.call(routes['approvals.get'], { params: { id } });
  }

  /** The approval that a run waits for. */
  async held(run: string): Promise<ApprovalView> {
    const waiting = await until(`run ${run} to wait`, async () => {
      const found = await this.run(run);
      if (found.status === 'failed') throw new Error(`The run failed: ${JSON.stringify(found.failure)}`);
      return found.status === 'waiting' && found.approvals[0] ? found : null;
    });
    return this.approval(waiting.approvals[0] ?? '');
  }

  ended(run: string, withinMs?: number): Promise<RunView> {
    return until(
      `run ${run} to end`,
      async () => {
        const found = await this.run(run);
        return found.finished_at ? found : null;
      },
      withinMs,
    );
  }

  approve({ id, digest }: Pick<ApprovalView, 'id' | 'digest'>): Promise<ApprovalView> {
    return this.call(routes['approvals.approve'], { params: { id }, body: { digest } });
  }

  deny({ id }: Pick<ApprovalView, 'id'>, reason: string): Promise<ApprovalView> {
    return this.call(routes['approvals.deny'], { params: { id }, body: { reason } });
  }

  /** What was audited about a run, oldest first. */
  async audited(run: string): Promise<AuditView[]> {
    const query = { run, order: 'asc' as const, limit: 200 };
    return (await this.call(routes['audit.list'], { query })).data;
  }

  verify() {
    return this.call(routes['audit.verify'], {});
  }
}

export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const isText = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }), // fetch takes bytes as it takes text
    redirect: 'manual',
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null; // an object's keys are text
  } catch {
    return null;
  }
}
