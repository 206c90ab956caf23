import { propose } from '@openloop/actions';
import { decide } from '@openloop/approvals';
import { newId, type ActionId, type ApprovalId } from '@openloop/kernel';
import type { AuditEvent } from '@openloop/ledger';
import { judge, type CheckedCall } from '@openloop/policy';

import { serve, type Opened } from '../support/serve.js';
import { openLoop, type OpenLoop, type Place } from './open-loop.js';
import { PROPOSED, readTool, WRITE, writeTool } from './work.js';

export interface ApprovalsGiven {
  place: Place;
}

const NO_MODEL = 'http://127.0.0.1:9/v1';
const EVENTS_OF_A_CYCLE = [
  'action.proposed',
  'approval.requested',
  'approval.voted',
  'approval.decided',
  'action.started',
  'action.done',
];

/** One cycle: an action is proposed, a person approves its digest, and the worker sends it. */
async function open({ place }: ApprovalsGiven): Promise<Opened> {
  let sent = 0;
  const write = writeTool(() => {
    sent += 1;
  });
  const loop = await openLoop(place, NO_MODEL, [readTool, write]);
  const { system, workspace, decider, worked } = loop;
  return {
    once: async () => {
      const actionId = newId('act');
      const { approvalId, digest } = await ask(loop, actionId);
      const answer = {
        approvalId,
        verdict: 'approve',
        by: decider,
        via: 'api',
        digest,
        reason: null,
      } as const;
      const toolDigest = system.catalog.definitionDigest(WRITE);
      const decided = await decide(system.transact, workspace, answer, toolDigest);
      if (decided.kind !== 'decided') throw new Error(`The decision was ${decided.kind}`);
      await worked(actionId);
    },
    verify: async (done) => {
      if (sent !== done) throw new Error(`${sent} writes were sent for ${done} approvals`);
      await loop.verify([
        {
          what: 'actions that are done',
          sql: `actions where state = 'done' and attempt = 1`,
          expected: done,
        },
        { what: 'approvals', sql: `approvals where state = 'approved'`, expected: done },
        {
          what: 'votes',
          sql: `votes join approvals on id = approval_id where votes.digest = approvals.digest`,
          expected: done,
        },
        {
          what: 'audit events',
          sql: `audit_events where name like 'action.%' or name like 'approval.%'`,
          expected: EVENTS_OF_A_CYCLE.length * done,
        },
        { what: 'wake-ups left over', sql: 'outbox', expected: 0 },
      ]);
    },
    close: loop.close,
  };
}

/** Holds the call as the runtime does, and looks at the digest as a decider would, without another query. */
async function ask(
  { system, workspace, agent, asker }: OpenLoop,
  actionId: ActionId,
): Promise<{ approvalId: ApprovalId; digest: string }> {
  const call = checked(system.catalog.checkFor(WRITE, PROPOSED));
  const verdict = judge(call, agent.current.agent);
  if (verdict.kind !== 'ask') throw new Error(`The policy said ${verdict.kind}`);
  let digest = '';
  const approvalId = await system.transact(workspace, (stores) => {
    const append = (event: AuditEvent) => {
      if (event.name === 'approval.requested') ({ digest } = event.facts);
      stores.audit.append(event);
    };
    return propose(
      { ...stores, audit: { append } },
      {
        actionId,
        workspaceId: workspace,
        revision: agent.current,
        origin: null,
        call,
        description: system.catalog.describe(call),
        toolDigest: system.catalog.definitionDigest(WRITE) ?? '',
        rule: verdict.rule,
        initiatorId: asker.id,
        statedReason: null,
        thread: null,
      },
    );
  });
  return { approvalId, digest };
}

function checked(
  result: { kind: 'checked'; call: CheckedCall } | { kind: 'rejected'; reason: string },
): CheckedCall {
  if (result.kind === 'rejected') throw new Error(result.reason);
  return result.call;
}

serve(open);
