import type { ToolCall } from '@openloop/kernel';

/** `openai/gpt-4o-mini`: the provider's name, a slash, what the provider calls the model. */
export type ModelName = `${string}/${string}`;

/** One message of what a model is shown. A tool message answers one call of the assistant message before it. */
export type ChatMessage =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string; toolCalls: readonly ToolCall[]; providerData?: unknown }
  | { role: 'tool'; callId: string; name: string; text: string; isError: boolean };

/** A tool as a model sees it. `parameters` is a JSON Schema object. */
export interface ToolDefinition {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

export interface ModelRequest {
  model: ModelName;
  instructions: string;
  messages: readonly ChatMessage[];
  tools: readonly ToolDefinition[];
  /** Sent to the provider as the most it may answer; the reservation was made for this many. */
  maxOutputTokens: number;
  signal: AbortSignal;
  /** Called with each piece of text as it arrives. */
  onText?: (delta: string) => void;
}

/**
 * Tokens of one reply, normalised over providers: cache tokens are included in `input`, reasoning in `output`
 * (Anthropic's wire excludes cache tokens from `input_tokens`; the adapter adds them).
 */
export interface TokenUsage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export interface ModelReply {
  text: string;
  toolCalls: readonly ToolCall[];
  /** `null` when the provider sent none: the reservation is then charged in full. */
  usage: TokenUsage | null;
  /** `length`: cut off by the token limit; the calls of such a reply are discarded, never guessed. */
  finish: 'stop' | 'tool_calls' | 'length' | 'refused' | 'other';
  /** What the provider wants back with the message next time (signatures of thoughts). JSON. */
  providerData?: unknown;
}

/**
 * Something that replies to messages: one request to a provider, no retries, no tool execution.
 * @throws ModelError for everything that is not a reply.
 */
export interface Model {
  reply(request: ModelRequest): Promise<ModelReply>;
}

/** Why there is no reply, and whether the provider may have charged for it. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  constructor(
    readonly reason: 'rate_limited' | 'unreachable' | 'rejected' | 'timed_out' | 'broken' | 'aborted',
    message: string,
    readonly options: {
      /** True only when it is proven that nothing was computed: refused connection, DNS, 4xx. */
      notBilled: boolean;
      retryAfterMs?: number;
      status?: number;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
  }

  /** Worth trying again with a new reservation. */
  get isTransient(): boolean {
    return this.reason !== 'rejected' && this.reason !== 'aborted';
  }
}
