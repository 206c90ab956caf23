import {
  digestOf,
  messageOf,
  randomChars,
  type DeliveryId,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import type { Rendering, Shown, Surface } from '@openloop/surfaces';

import type { ClaimedDelivery, DeliveryEnd, DeliveryStores } from './delivery-store.js';
import { renderingOf } from './rendering.js';

export interface DeliveryParts {
  transact: Transact<DeliveryStores>;
  surfaces: ReadonlyMap<string, Surface>;
}

/** Longer than a surface takes to post and look, so that a slow sender is not taken for a dead one. */
const LEASE_SECONDS = 30;
const FENCE_CHARS = 26;
/** Two days at the longest pause: then nobody is waiting for it there any more. */
const MOST_FAILURES = 600;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Makes one message show its row as the row is now, however often the queue asks: what was posted is edited, what was
 * not is posted once, and a row that changes meanwhile is shown again. A failure changes nothing but the message.
 */
export async function deliver(parts: DeliveryParts, workspace: WorkspaceId, id: DeliveryId): Promise<void> {
  for (let isDue = true; isDue;) isDue = await deliverOnce(parts, workspace, id);
}

/** Whether the row changed while it was being shown. */
async function deliverOnce(
  { transact, surfaces }: DeliveryParts,
  workspace: WorkspaceId,
  id: DeliveryId,
): Promise<boolean> {
  const fence = randomChars(FENCE_CHARS);
  const hold = { fence, leaseSeconds: LEASE_SECONDS, surfaces: [...surfaces.keys()] };
  const claimed = await transact(workspace, ({ deliveries }) => deliveries.claim(id, hold));
  if (!claimed) return false;

  const end = await show(claimed, surfaces);

  return transact(workspace, async ({ deliveries, audit }) => {
    const settled = await deliveries.settle(id, fence, end);
    if (settled && end.kind === 'gone') {
      const { surface, key } = claimed.thread;
      const facts = { deliveryId: id, surface, thread: key, reason: end.reason, ...subjectOf(claimed) };
      audit.append({ name: 'delivery.failed', actor: { kind: 'system' }, facts });
    }
    return settled?.isDue ?? false;
  });
}

async function show(claimed: ClaimedDelivery, surfaces: ReadonlyMap<string, Surface>): Promise<DeliveryEnd> {
  const rendering = renderingOf(claimed);
  const digest = digestOf('openloop/rendering/v1', JSON.stringify(rendering));
  // After a doubtful try what is noted as shown proves nothing.
  if (!claimed.mustLook && digest === claimed.shownDigest)
    return { kind: 'shown', refs: claimed.refs, digest };

  const shown = await shownOn(surfaces.get(claimed.thread.surface), claimed, rendering);
  if (shown.kind === 'shown') return { ...shown, digest };
  if (shown.kind === 'gone') return shown;
  const { refs, reason, retryInMs } = shown;
  const { failures } = claimed;
  if (failures >= MOST_FAILURES) return { kind: 'gone', reason };
  return { kind: 'later', refs, reason, retryInMs: pauseOf(failures, retryInMs) };
}

async function shownOn(
  surface: Surface | undefined,
  { id, thread, refs, mustLook }: ClaimedDelivery,
  rendering: Rendering,
): Promise<Shown> {
  const later = (reason: string): Shown => ({ kind: 'later', retryInMs: 0, refs, reason });
  if (!surface) return later(`${thread.surface} is not connected`);
  try {
    return await surface.show({ deliveryId: id, thread, rendering, refs, mustLook });
  } catch (error) {
    return later(messageOf(error));
  }
}

/** What the product asked for, and longer each time. */
function pauseOf(failures: number, askedMs: number): number {
  return Math.max(askedMs, Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** Math.min(failures, 20)));
}

function subjectOf({ subject }: ClaimedDelivery) {
  if (subject.kind === 'run') return { runId: subject.run.id, agentId: subject.run.agentId };
  const { id, agentId, runId } = subject.record.approval;
  return { approvalId: id, agentId, ...(runId && { runId }) };
}
