import { approvalCard } from '@openloop/approvals';
import { canonicalJson, shortId, showUsd } from '@openloop/kernel';
import { sealButton, type ButtonVerb, type Rendering, type Signal, type ThreadRef } from '@openloop/surfaces';

import type { ClaimedDelivery, ShownRun, Subject } from './delivery-store.js';

/** What a message shall show of its row now. The same row gives the same rendering, wherever it is shown. */
export function renderingOf({ subject, thread }: Pick<ClaimedDelivery, 'subject' | 'thread'>): Rendering {
  return subject.kind === 'run' ? runRendering(subject.run) : approvalRendering(subject, thread);
}

function approvalRendering(
  { record, buttonKey }: Extract<Subject, { kind: 'approval' }>,
  { surface, channel }: ThreadRef,
): Rendering {
  const { approval } = record;
  const card = approvalCard(record);
  const accessibleName = `${card.state} ${card.summary}`;
  if (approval.state !== 'pending' || approval.decideBy <= record.now) {
    return { kind: 'approval', card, buttons: null, accessibleName };
  }
  const seal = (verb: ButtonVerb) =>
    sealButton(buttonKey, { surface, channel, approvalId: approval.id, verb, digest: approval.digest });
  const buttons = {
    ...(card.inspectable && { approve: seal('approve') }),
    deny: seal('deny'),
    details: seal('details'),
    confirm: approval.description.risk === 'high',
  };
  return { kind: 'approval', card, buttons, accessibleName };
}

const SIGNALS: Readonly<Record<ShownRun['state'], Signal>> = {
  queued: 'working',
  running: 'working',
  waiting: 'waiting',
  completed: 'idle',
  failed: 'idle',
  cancelled: 'idle',
};
const TITLE_CHARS = 80;

function runRendering(run: ShownRun): Rendering {
  const title = [...run.input.replace(/\s+/g, ' ').trim()].slice(0, TITLE_CHARS).join('');
  const answer = run.words === null ? null : { agent: run.agent, text: run.words, footer: costLine(run) };
  return { kind: 'run', signal: SIGNALS[run.state], title, answer };
}

/** `💸 $0.0043 · openai/gpt-4o-mini · 12 s · run_7Q2M9K8X`. */
function costLine({ id, model, costMicros, simulated, tookMs }: ShownRun): string {
  const cost = `💸 ${showUsd(costMicros)}${simulated ? ' simulated' : ''}`;
  const took = tookMs === null ? null : `${Math.max(1, Math.round(tookMs / 1000))} s`;
  return [cost, model, took, shortId(id)].filter((part) => part !== null).join(' · ');
}

/** The exact arguments that are decided on, for people to read. */
export function exactJson(args: unknown): string {
  return JSON.stringify(JSON.parse(canonicalJson(args)), null, 2);
}
