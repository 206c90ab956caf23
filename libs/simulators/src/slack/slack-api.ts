import type { ServerResponse } from 'node:http';

import { Landings } from '../github/landings.js';
import {
  cut,
  pause,
  sendHalf,
  sendJson,
  textOf,
  type JsonObject,
  type Sent,
  type WireRequest,
} from '../loopback.js';
import { allowed, argsOf, type SlackCall, type SlackMethod, type SlackTokenKind } from './slack-call.js';
import { ArmedSlackFaults, type SlackFault } from './slack-faults.js';
import type { SlackCallEntry } from './slack-ledger.js';
import { slackMethod } from './slack-methods.js';
import type { SlackSettings } from './slack-options.js';
import { SlackRefusal } from './slack-refusal.js';
import type { SlackResponseUrls } from './slack-response-urls.js';
import type { SlackSockets } from './slack-sockets.js';
import type { SlackTriggers } from './slack-triggers.js';
import type { SlackWorkspace } from './slack-workspace.js';

export interface SlackApiOptions {
  settings: SlackSettings;
  workspace: SlackWorkspace;
  triggers: SlackTriggers;
  sockets: SlackSockets;
  responseUrls: SlackResponseUrls;
  tell: SlackCall['tell'];
  received: (entry: SlackCallEntry) => void;
}

const OTHER_SCOPES = {
  app: ['connections:write'],
  config: ['app_configurations:read', 'app_configurations:write'],
} as const;

interface Received {
  method: string;
  args: JsonObject;
  token: SlackCallEntry['token'];
  /** Does it and gives the true answer. */
  run: (at: Date, unlistedMs: number) => Sent;
}

/** Slack's end of HTTP: the Web API below `/api/`, and the response addresses. */
export class SlackApi {
  readonly faults = new ArmedSlackFaults();
  /** What our bot has been granted. */
  scopes: readonly string[];
  readonly #options: SlackApiOptions;
  readonly #landings = new Landings();
  readonly #tokens: ReadonlyMap<string, SlackTokenKind>;

  constructor(options: SlackApiOptions) {
    const { botToken, appToken, configToken, scopes } = options.settings;
    this.#options = options;
    this.scopes = scopes;
    this.#tokens = new Map<string, SlackTokenKind>([
      [botToken, 'bot'],
      [appToken, 'app'],
      [configToken, 'config'],
    ]);
  }

  /** Lets happen what is late and due. */
  land(): void {
    this.#landings.land(this.#options.settings.now());
  }

  settle(): void {
    this.faults.disarm();
    this.#landings.landAll(this.#options.settings.now());
    for (const message of this.#options.workspace.allMessages()) message.listedFrom = 0;
  }

  async serve(request: WireRequest, response: ServerResponse): Promise<void> {
    const now = this.#options.settings.now();
    this.land();
    const received = this.#received(request);
    const { method, args, token } = received;
    const entry: SlackCallEntry = { at: now, method, args, token, answered: 'waiting' };
    this.#options.received(entry);
    const fault = this.faults.take(method, args) ?? {};
    const answer = this.#effect(received, fault, now);
    await pause(fault.delayMs ?? 0, response);
    await send(answerUnder(fault, answer, this.#headers(token)), entry, response);
  }

  /** Does what was asked, now, later or never, and gives what a well-behaved Slack would answer. */
  #effect({ run }: Received, { effect = 'now', unlistedMs = 0 }: SlackFault, now: Date): Sent {
    if (effect === 'now') return run(now, unlistedMs);
    if (effect !== 'never') this.#landings.schedule(now.getTime() + effect.afterMs, (at) => run(at, 0));
    return { status: 200, body: { ok: true } };
  }

  #received(request: WireRequest): Received {
    const { path, text, headers } = request;
    if (path.startsWith('/actions/')) {
      const { responseUrls } = this.#options;
      const args = { channel: responseUrls.channelOf(path), ...argsOf('json', text) };
      return { method: 'response_url', args, token: null, run: () => responseUrls.respond(path, text) };
    }
    const method = path.replace(/^\/api\//u, '');
    const { token: bodyToken, ...args } = argsOf(headers['content-type'] ?? '', text);
    const bearer = /^bearer (\S+)$/iu.exec(headers.authorization ?? '')?.[1] ?? (textOf(bodyToken) || null);
    const token = bearer === null ? null : (this.#tokens.get(bearer) ?? null);
    const withQuery = { ...Object.fromEntries(request.query), ...args };
    const url = `ws://${headers.host ?? ''}/link?ticket=`;
    const run = (now: Date, unlistedMs: number): Sent => {
      const call = this.#call({ args: withQuery, now, unlistedMs, url });
      return { status: 200, body: answerTo(method, call, bearer === null ? 'none' : token) };
    };
    return { method, args: withQuery, token, run };
  }

  #call({
    args,
    now,
    unlistedMs,
    url,
  }: Pick<SlackCall, 'args' | 'now' | 'unlistedMs'> & { url: string }): SlackCall {
    const { workspace, triggers, sockets, tell } = this.#options;
    const socketUrl = (): string => `${url}${sockets.ticket()}&app_id=${workspace.bot.appId}`;
    return { workspace, triggers, args, now, unlistedMs, scopes: this.scopes, socketUrl, tell };
  }

  #headers(token: SlackCallEntry['token']): Record<string, string> {
    const id = this.#options.workspace.ids.next('req-');
    const scopes = token === 'bot' ? this.scopes : token === null ? [] : OTHER_SCOPES[token];
    return { 'x-slack-req-id': id, ...(token !== null && { 'x-oauth-scopes': scopes.join(',') }) };
  }
}

function answerTo(name: string, call: SlackCall, token: SlackTokenKind | 'none' | null): JsonObject {
  try {
    const method = slackMethod(name);
    if (!method) throw new SlackRefusal('unknown_method', { req_method: name });
    authenticate(method, token);
    if (method.scopes) allowed(method.scopes, call);
    return { ok: true, ...method.answer(call) };
  } catch (error) {
    if (error instanceof SlackRefusal) return error.body;
    throw error;
  }
}

function authenticate({ token: wanted }: SlackMethod, token: SlackTokenKind | 'none' | null): void {
  if (token === 'none') throw new SlackRefusal('not_authed');
  if (token === null) throw new SlackRefusal('invalid_auth');
  if (token !== wanted) throw new SlackRefusal('not_allowed_token_type');
}

type Answered = { kind: 'reset' | 'nothing' } | { kind: 'whole' | 'half'; sent: Sent };

function answerUnder({ answer: wanted }: SlackFault, truth: Sent, headers: Record<string, string>): Answered {
  const whole = (status: number, body: unknown, extra: Record<string, string> = {}): Answered => {
    return { kind: 'whole', sent: { status, body, headers: { ...headers, ...extra } } };
  };
  switch (wanted?.kind) {
    case 'reset':
    case 'nothing':
      return { kind: wanted.kind };
    case 'truncated':
      return { kind: 'half', sent: { ...truth, headers } };
    case 'status':
      return whole(wanted.status, { ok: false, error: 'internal_error' });
    case 'limit':
      return whole(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wanted.retryAfter) });
    case 'error':
      return whole(200, { ok: false, error: wanted.error, ...wanted.details });
    case undefined:
      return whole(truth.status, truth.body);
  }
}

async function send(answered: Answered, entry: SlackCallEntry, response: ServerResponse): Promise<void> {
  switch (answered.kind) {
    case 'reset':
      entry.answered = 'reset';
      return cut(response);
    case 'nothing':
      entry.answered = 'nothing';
      return;
    case 'half':
      entry.answered = 'half';
      return sendHalf(response, answered.sent);
    case 'whole':
      entry.answered = outcomeOf(answered.sent);
      return sendJson(response, answered.sent);
  }
}

function outcomeOf({ status, body }: Sent): string | number {
  const { ok, error } = body as { ok?: unknown; error?: unknown }; // every body here is an object
  if (status !== 200) return status;
  return ok === true ? 'ok' : textOf(error);
}
