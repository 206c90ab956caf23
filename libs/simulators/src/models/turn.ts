import type { Answer, BrainMessage, BrainRequest, Refusal, TokenCounts } from './brain.js';

/** One tool call of a turn, its ids made and its arguments written out. */
export interface TurnCall {
  id: string;
  name: string;
  arguments: string;
}

/** An answer with nothing left open, ready to be put into a provider's shape. */
export interface Turn {
  model: string;
  text: string;
  calls: readonly TurnCall[];
  usage: TokenCounts;
  isUsageTold: boolean;
  finish: 'stop' | 'tools' | 'length' | 'refused';
  finishWord: string | undefined;
  createdAt: Date;
  raw: Readonly<Record<string, unknown>>;
}

/** One server-sent event, or bytes that are none. `isContent` marks the pieces that faults count. */
export type Frame =
  | { event?: string; payload: object | '[DONE]'; isContent?: boolean }
  | { verbatim: string; isContent?: false };

/** A provider's dialect: how its requests are read and its answers written. */
export interface Dialect {
  api: BrainRequest['api'];
  /** @throws WireRefusal for a request the provider would refuse. */
  read(
    body: Record<string, unknown>,
    path: string,
  ): {
    model: string;
    messages: readonly BrainMessage[];
    tools: readonly string[];
    /** Where the path says it; else the body's `stream` does. */
    stream?: boolean;
  };
  unknownModel(model: string): WireRefusal;
  newCallId(): string;
  whole(turn: Turn): object;
  frames(turn: Turn): Frame[];
  /** An answer with status 200 that holds an error. Only where the provider sends such. */
  wholeError?(turn: Turn): object;
  errorBody(refusal: Refusal): object;
  errorFrame(turn: Turn): Frame;
  /** The wait that a 429 asks for is told by the body, and by no header. */
  tellsWaitInBody?: true;
}

/** A request refused before the brain sees it. */
export class WireRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

const CHARS_PER_TOKEN = 4;

export function makeTurn(answer: Answer, request: BrainRequest, { now, newCallId }: TurnMakings): Turn {
  const calls = callsOf(answer, request, newCallId);
  const text = answer.text ?? '';
  return {
    model: request.model,
    text,
    calls,
    usage: usageOf(answer, { request, text, calls }),
    isUsageTold: answer.omitUsage !== true,
    finish: answer.finish ?? (calls.length > 0 ? 'tools' : 'stop'),
    finishWord: answer.finishWord,
    createdAt: now,
    raw: request.raw,
  };
}

interface TurnMakings {
  now: Date;
  newCallId: () => string;
}

function callsOf(answer: Answer, request: BrainRequest, newCallId: () => string): TurnCall[] {
  const asked = [...(answer.toolCalls ?? [])];
  const malformed = answer.malformedToolArguments;
  if (malformed !== undefined && asked.length === 0)
    asked.push({ name: request.tools[0] ?? 'unknown', arguments: {} });
  return asked.map((call, index) => ({
    id: newCallId(),
    name: call.name,
    arguments: index === 0 && malformed !== undefined ? malformed : JSON.stringify(call.arguments ?? {}),
  }));
}

interface Said {
  request: BrainRequest;
  text: string;
  calls: readonly TurnCall[];
}

function usageOf(answer: Answer, { request, text, calls }: Said): TokenCounts {
  const written = text + calls.map((call) => call.name + call.arguments).join('');
  return {
    input: tokensIn(JSON.stringify([request.messages, request.raw['tools'] ?? []])),
    output: tokensIn(written),
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
    ...answer.usage,
  };
}

function tokensIn(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARS_PER_TOKEN));
}

/** Pieces about the size of a few tokens; joined they are the text again. No character is split. */
export function pieces(text: string): string[] {
  return text.match(/\s*\S{1,12}|\s+/gu) ?? [];
}
