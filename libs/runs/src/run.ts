import type { ActionOutcome, ActionState } from '@openloop/actions';
import type { Agent } from '@openloop/agent-spec';
import type { Revision } from '@openloop/agents';
import type {
  ActionId,
  AgentId,
  Handle,
  MicroUsd,
  PrincipalId,
  RunId,
  SessionId,
  ToolCall,
} from '@openloop/kernel';
import type { ModelName, ModelReply, TokenUsage } from '@openloop/models';
import type { RunTrigger } from '@openloop/sessions';
import { isPushed, type ThreadRef } from '@openloop/surfaces';

export type RunState = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

/** A run taken up more often than this without getting on is given up: it dies at the same place each time. */
export const MOST_STALLS = 5;

/** One go of an agent at one trigger. A run is its written steps: nothing else is remembered of it. */
export interface Run {
  id: RunId;
  agentId: AgentId;
  revision: number;
  sessionId: SessionId;
  triggerSeq: number;
  trigger: RunTrigger;
  initiatorId: PrincipalId;
  state: RunState;
  /** Who asked it to stop, when somebody did while it was worked on. */
  cancelRequestedBy: Handle | null;
  /** How often it was taken up since it last got on; counts the present time. */
  stalls: number;
  activeMs: number;
  costMicros: MicroUsd;
  simulated: boolean;
  outcome: RunOutcome | null;
}

/** Where its card and its answer are shown; `null` where people come and read by themselves. */
export function threadOf({ trigger: { surface, channel, thread } }: Run): ThreadRef | null {
  return isPushed(surface) ? { surface, channel, key: thread } : null;
}

export type RunOutcome =
  | { kind: 'answered'; text: string }
  /** Stopped by a limit or a fault; `text` is what the person is told, `detail` is for the console only. */
  | { kind: 'stopped'; code: StopCode; text: string; detail: string }
  | { kind: 'cancelled'; by: Handle | null };

export type StopCode =
  | 'budget_exceeded'
  | 'model_price_unknown'
  | 'model_failed'
  | 'step_limit'
  | 'time_limit'
  | 'malformed_calls'
  | 'no_answer'
  | 'agent_paused'
  | 'internal';

/** One model reply and the calls it made, as written down. */
export interface Step {
  ordinal: number;
  model: ModelName;
  reply: Pick<ModelReply, 'text' | 'finish' | 'providerData'>;
  calls: readonly StepCall[];
  /** What the reads found; `null` until they were carried out. */
  results: readonly CallResult[] | null;
  usage: TokenUsage | null;
  costMicros: MicroUsd | null;
  latencyMs: number;
}

/** A call and what the policy made of it. */
export type StepCall = Pick<ToolCall, 'id' | 'name' | 'arguments'> & { permission: string } & (
    { verdict: 'read' } | { verdict: 'held'; actionId: ActionId } | { verdict: 'refused'; reason: string }
  );

export interface CallResult {
  callId: string;
  text: string;
  isError: boolean;
}

/** How an action that a step proposed stands. */
export interface StepAction {
  id: ActionId;
  state: ActionState;
  outcome: ActionOutcome | null;
}

/** A run that this worker holds the lease of, with everything it needs to go on. */
export interface ClaimedRun {
  run: Run;
  revision: Revision;
  agentState: 'active' | 'paused';
  /** The agent as its file says now; a run goes on under its own revision, but loses what was taken away. */
  currentAgent: Agent;
  messages: readonly { role: 'user' | 'assistant'; text: string }[];
  steps: Step[];
  actions: Map<ActionId, StepAction>;
}
