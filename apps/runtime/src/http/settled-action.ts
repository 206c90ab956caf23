import { setTimeout as pause } from 'node:timers/promises';

import type { ApprovalRecord } from '@openloop/approvals';

const LONGEST_MS = 20_000;
const LOOK_EVERY_MS = 50;
const MOVING = new Set(['held', 'ready', 'started']);

/** Waits, within reason, until an approved action has an outcome: earlier clients expect it in the same answer. */
export async function settledAction(read: () => Promise<ApprovalRecord>): Promise<ApprovalRecord> {
  const until = Date.now() + LONGEST_MS;
  for (;;) {
    const record = await read();
    const isMoving = record.approval.state === 'approved' && MOVING.has(record.action.state);
    if (!isMoving || Date.now() >= until) return record;
    await pause(LOOK_EVERY_MS);
  }
}
