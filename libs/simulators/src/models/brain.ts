/** One message of a conversation, in the same form whichever API it came by. */
export interface BrainMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  /** Of a tool message: the texts of its results, one a line. */
  text: string;
  /** Of an assistant message: what it asked for. */
  toolCalls?: readonly AskedCall[];
  /** Of a tool message: the answers to the assistant message before it. */
  toolResults?: readonly ToolAnswer[];
}

export interface AskedCall {
  id: string;
  name: string;
  /** As it was sent: JSON, if the sender made no mistake. */
  arguments: string;
}

export interface ToolAnswer {
  callId: string;
  text: string;
}

export interface BrainRequest {
  api: 'chat' | 'responses' | 'messages' | 'generateContent';
  model: string;
  messages: readonly BrainMessage[];
  /** Names of the tools on offer. */
  tools: readonly string[];
  stream: boolean;
  /** The body as it was sent. */
  raw: Readonly<Record<string, unknown>>;
}

/** Cache tokens are part of `input`, reasoning is part of `output`; each wire shows them its own way. */
export interface TokenCounts {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
}

/** Something a model says, with the ways in which saying it may go wrong. An answer is billed, also a broken one. */
export interface Answer {
  text?: string;
  toolCalls?: readonly { name: string; arguments: unknown }[];
  /** What is left out is estimated from the lengths of the texts. */
  usage?: Partial<TokenCounts>;
  finish?: 'length' | 'refused';
  /** In place of the provider's own word for `finish` (not in the Responses API): `MALFORMED_FUNCTION_CALL`, `error`. */
  finishWord?: string;
  /** Before the first byte. */
  delayMs?: number;
  /** Between two pieces of a stream. */
  chunkDelayMs?: number;
  /** The connection is reset after this many pieces of content (not streamed: in the middle of the body). */
  resetAfterChunks?: number;
  /** Nothing more is sent after this many pieces of content, and the connection stays open. */
  stallAfterChunks?: number;
  /** The provider's own error comes after this many pieces of content. Not streamed: only where a 200 may hold one. */
  errorAfterChunks?: number;
  /** The answer ends early but in good order: no last piece, no closing frames. */
  truncateStream?: boolean;
  /** Billed but not told. The Anthropic SDK takes such an answer for an invalid one. */
  omitUsage?: boolean;
  /** Sent as the arguments of the first tool call, as they stand. */
  malformedToolArguments?: string;
}

/** An error status in the provider's shape. Not billed. */
export interface Refusal {
  status: number;
  message: string;
  /** Seconds. */
  retryAfter?: number;
  code?: string;
  delayMs?: number;
}

/** Never answered. Not billed. */
export interface Hang {
  hang: true;
}

export type Reply = Answer | Refusal | Hang;

/** What decides the answers. A brain that throws makes a 400 whose message says so (no client tries that again). */
export type Brain = (request: BrainRequest) => Reply | Promise<Reply>;

/** Gives the replies in order, one a request; a request too many is an error, so that no test passes by accident. */
export function scriptedBrain(replies: readonly (Reply | Brain)[]): Brain {
  let given = 0;
  return (request) => {
    const next = replies[given];
    given += 1;
    if (next === undefined)
      throw new Error(`The script has ${replies.length} replies and this is request ${given}`);
    return typeof next === 'function' ? next(request) : next;
  };
}

export function isRefusal(reply: Reply): reply is Refusal {
  return 'status' in reply;
}

export function isHang(reply: Reply): reply is Hang {
  return 'hang' in reply;
}
