import type { ApprovalRecord } from '@openloop/approvals';
import type { AgentId, DeliveryId, MicroUsd, Outbox, RunId } from '@openloop/kernel';
import type { AuditLog } from '@openloop/ledger';
import type { Deliveries, ThreadRef } from '@openloop/surfaces';

/** A run as its thread sees it. */
export interface ShownRun {
  id: RunId;
  agentId: AgentId;
  agent: string;
  state: 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';
  /** What it was asked, in the asker's words. */
  input: string;
  /** Its answer, or why it stopped; `null` while it goes on. */
  words: string | null;
  model: string | null;
  costMicros: MicroUsd;
  simulated: boolean;
  /** From being asked to the end, with the time it waited for people; `null` while it goes on. */
  tookMs: number | null;
}

export type Subject =
  { kind: 'approval'; record: ApprovalRecord; buttonKey: string } | { kind: 'run'; run: ShownRun };

/** A delivery in the hands of one sender, with the row it shows as it is at this moment. */
export interface ClaimedDelivery {
  id: DeliveryId;
  thread: ThreadRef;
  subject: Subject;
  refs: readonly string[];
  shownDigest: string | null;
  mustLook: boolean;
  /** Tries in a row that did not show it. */
  failures: number;
}

export type DeliveryEnd =
  | { kind: 'shown'; refs: readonly string[]; digest: string }
  | { kind: 'later'; refs: readonly string[]; retryInMs: number; reason: string }
  | { kind: 'gone'; reason: string };

export interface DeliveryStore extends Deliveries {
  /**
   * Takes what is due on one of these surfaces; `null` when it is not due or somebody has it. A claim whose lease ran
   * out is taken over, and then what its sender may have posted has to be looked for.
   */
  claim(
    id: DeliveryId,
    hold: { fence: string; leaseSeconds: number; surfaces: readonly string[] },
  ): Promise<ClaimedDelivery | null>;
  /** By whoever holds the fence; says whether the row changed meanwhile. `null` when the lease was lost. */
  settle(id: DeliveryId, fence: string, end: DeliveryEnd): Promise<{ isDue: boolean } | null>;
}

export interface DeliveryStores {
  deliveries: DeliveryStore;
  audit: AuditLog;
  outbox: Outbox;
}
