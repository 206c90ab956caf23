import type { Permission } from '@openloop/kernel';
import type { z } from 'zod';

export type Risk = 'low' | 'medium' | 'high';

/** One labelled line of a card. `value` is plain text; the surface escapes it. */
export interface CardField {
  label: string;
  value: string;
}

/** What a person is shown of a call: made by the tool's own code from the arguments, never by a model. */
export interface Description {
  /** `Create issue “Flaky test” in acme/ingestion`: verb, object, place. */
  summary: string;
  /** What is written to: `acme/ingestion`. */
  target: string;
  /** Every argument appears in one field. */
  fields: readonly CardField[];
  diff?: string;
  risk: Risk;
  /** Why it is that risky, when not low: `public repository`. */
  riskReason?: string;
}

export interface ToolContext {
  signal: AbortSignal;
  /** 128 random bits in base 32, the same for every attempt at one action: the marker to write and to look for. */
  effectKey: string;
}

/** What a read found. `summary` is one line for people; `data` is JSON for the model. */
export interface ReadResult {
  summary: string;
  data: unknown;
}

/**
 * How a write ended. `failed` is only for what is proven not to have happened (the closed list of the effect
 * protocol: DNS failure, refused connection, TLS failure, 400/401/403/404/410/422, and 429 with `retryAfterMs`);
 * everything else that is not `done` is `unknown`. A thrown error counts as `unknown`.
 */
export type WriteResult =
  | { kind: 'done'; summary: string; data: unknown; externalId: string; url?: string }
  | { kind: 'failed'; reason: string; retryAfterMs?: number }
  | { kind: 'unknown'; reason: string };

/** What a look at the target found of an earlier write whose end we did not see. */
export type Reconciliation =
  | { kind: 'found'; summary: string; data: unknown; externalId: string; url?: string }
  | { kind: 'not_found' }
  /** `isFinal`: there is no way to look, now or later. */
  | { kind: 'cannot_tell'; reason: string; isFinal?: boolean };

interface ToolFacts<Args> {
  permission: Permission;
  /** For the model: what it does and when to use it. */
  description: string;
  /** Checks and types the arguments; its JSON Schema is what the model sees. Strict: unknown keys are refused. */
  parameters: z.ZodType<Args>;
  /** What the model sees of the arguments, when it is not made from `parameters`. */
  schema?: Record<string, unknown>;
  /** Names the definition, when it is not made from the facts here; `null` when it is not known now. */
  digest?: string | null;
  /** Why every call of it waits for a person, whatever else is allowed. */
  mustHold?: string;
  /** Why it cannot be called now, in words for the model. */
  unusable?: string;
  /** With `unusable`: its server could not be asked, so it may be what it was all the same. */
  isAway?: boolean;
  describe(args: Args): Description;
}

export interface ReadTool<Args = unknown> extends ToolFacts<Args> {
  effect: 'read';
  run(args: Args, context: ToolContext): Promise<ReadResult>;
}

export interface WriteTool<Args = unknown> extends ToolFacts<Args> {
  effect: 'write';
  /** Sends once: no retry inside, also not in the client it uses. Writes `context.effectKey` where it can be found. */
  run(args: Args, context: ToolContext): Promise<WriteResult>;
  /** Looks for `context.effectKey` by listing, not by searching. Absent: only a person can find out. */
  reconcile?(args: Args, context: ToolContext & { since: Date }): Promise<Reconciliation>;
}

/** Something an agent can do, named by a permission. */
export type Tool<Args = unknown> = ReadTool<Args> | WriteTool<Args>;
