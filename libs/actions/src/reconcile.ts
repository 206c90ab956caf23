import type { ActionId, WorkspaceId } from '@openloop/kernel';
import type { Reconciliation } from '@openloop/tools';

import type { Action, ActionOutcome } from './action.js';
import type { ActionStores } from './action-store.js';
import { factsOf, wakeRun, type ActionParts } from './execute.js';

/** When to look again, counted from the look before: +10 s (set when it became unknown), +30 s, +2 min, +10 min. */
const NEXT_LOOK_SECONDS = [30, 120, 600];
/** Longer than a send may take, so that a slow sender is not taken for a dead one. */
export const SILENT_SECONDS = 60;
const LOOK_TIMEOUT_MS = 30_000;
/** A target's clock may run behind ours. */
const SKEW_MS = 120_000;

/** Takes over a send whose worker died: whether it happened is then unknown, and is looked for, never sent again. */
export async function abandon(
  { transact }: ActionParts,
  workspace: WorkspaceId,
  id: ActionId,
): Promise<boolean> {
  return transact(workspace, async (stores) => {
    const locked = await stores.actions.lock(id);
    if (!locked || !(await stores.actions.abandon(id, SILENT_SECONDS))) return false;
    const facts = {
      ...factsOf(locked.action),
      reason: 'Whoever sent it stopped before the answer was written down',
    };
    stores.audit.append({ name: 'action.unknown', actor: { kind: 'system' }, facts });
    stores.outbox.add({ name: 'show', id });
    return true;
  });
}

/** Looks at the target for a write whose end is unknown. After the last look a person has to. */
export async function reconcile(
  { transact, toolbox }: ActionParts,
  workspace: WorkspaceId,
  id: ActionId,
): Promise<void> {
  const action = await transact(workspace, async ({ actions }) => {
    const locked = await actions.lock(id);
    if (locked?.action.state !== 'unknown') return null;
    return actions.claimLook(id, NEXT_LOOK_SECONDS[locked.action.looks] ?? 0);
  });
  if (!action) return;

  const found = await toolbox.native.reconcile(
    { permission: action.permission, args: JSON.parse(action.args) },
    { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS), effectKey: action.effectKey, since: lookFrom(action) },
  );
  const end = endOf(action, found);
  if (!end) return;

  await transact(workspace, async (stores) => {
    if (!(await stores.actions.resolve(id, end))) return;
    recordEnd(stores, action, end.outcome);
    stores.outbox.add({ name: 'show', id: action.id });
    wakeRun(stores, action);
  });
}

function lookFrom({ startedAt }: Action): Date {
  return new Date((startedAt?.getTime() ?? 0) - SKEW_MS);
}

function endOf(
  { looks, outcome }: Action,
  found: Reconciliation,
): { state: 'done' | 'needs_human'; outcome: ActionOutcome } | null {
  if (found.kind === 'found') return { state: 'done', outcome: { ...found, kind: 'done', adopted: true } };
  const isHopeless = found.kind === 'cannot_tell' && found.isFinal === true;
  if (!isHopeless && looks <= NEXT_LOOK_SECONDS.length) return null;
  const reason =
    found.kind === 'cannot_tell' ? found.reason : 'It was not found at the target, but may still arrive';
  // Where nobody can look, why it became unknown is all that whoever has to find out can go by.
  const why = isHopeless && outcome?.kind === 'unknown' ? `${outcome.reason}; ${reason}` : reason;
  return { state: 'needs_human', outcome: { kind: 'unknown', reason: why } };
}

function recordEnd({ audit }: ActionStores, action: Action, outcome: ActionOutcome): void {
  const actor = { kind: 'system' as const };
  if (outcome.kind === 'done') {
    audit.append({
      name: 'action.done',
      actor,
      facts: { ...factsOf(action), externalId: outcome.externalId, adopted: true },
    });
  } else {
    audit.append({
      name: 'action.needs_human',
      actor,
      facts: { ...factsOf(action), reason: outcome.reason ?? '' },
    });
  }
}
