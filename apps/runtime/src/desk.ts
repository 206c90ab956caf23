import {
  approvalCard,
  type ApprovalRecord,
  type DecideResult,
  type DecisionVerdict,
} from '@openloop/approvals';
import { exactJson } from '@openloop/deliveries';
import { AppError, type Principal, type RunId, type WorkspaceId } from '@openloop/kernel';
import { cancelRun } from '@openloop/runs';
import { hear, personOf, setMuted, stopping } from '@openloop/sessions';
import {
  isSealed,
  readButton,
  type Account,
  type ButtonVerb,
  type Desk,
  type Details,
  type Heard,
  type HeardAs,
  type Press,
  type Pressed,
  type Reason,
} from '@openloop/surfaces';

import type { System } from './compose.js';
import { approversKnown, decideNow } from './deciding.js';
import { decidedWords, refusedWords } from './desk-words.js';

interface Opened {
  verb: ButtonVerb;
  record: ApprovalRecord;
}

/** What every chat surface of a workspace talks to. */
export class WorkspaceDesk implements Desk {
  constructor(
    private readonly system: System,
    private readonly workspace: WorkspaceId,
  ) {}

  async hear(heard: Heard): Promise<HeardAs> {
    const heeded = await hear(this.system.transact, this.workspace, heard);
    if (heeded.kind !== 'stop') return heeded;
    const count = await this.#cancelAll(heeded.runs, heeded.by);
    const words = count === 0 ? 'Nothing was running here.' : 'Stopping. Nothing more will run.';
    return { kind: 'stopped', words };
  }

  mute(thread: { surface: string; key: string }, by: Account, isMuted: boolean): Promise<boolean> {
    return setMuted(this.system.transact, this.workspace, { thread, by, isMuted });
  }

  async stop(thread: { surface: string; key: string }, account: Account): Promise<number> {
    const { runs, by } = await stopping(this.system.transact, this.workspace, thread, account);
    return this.#cancelAll(runs, by);
  }

  async decide(press: Press, reason: Reason | null): Promise<Pressed> {
    const opened = await this.#open(press);
    if (!opened || opened.verb === 'details') return this.#notValid(press);
    const { record, verb } = opened;
    const by = await this.#person(press.by);
    const answer = {
      approvalId: record.approval.id,
      verdict: verb,
      by,
      via: press.by.surface,
      digest: record.approval.digest,
      reason: reason?.text ?? null,
    };
    const result = await decideNow(this.system, this.workspace, answer);
    const { runId } = record.approval;
    if (runId && endsTask(result, { verb, reason })) await this.#cancel(runId, by);
    return this.#told(result, by);
  }

  async mayNotDecide(press: Press): Promise<string | null> {
    const opened = await this.#open(press);
    if (!opened) return (await this.#notValid(press)).words;
    const { approval, now } = opened.record;
    if (approval.state !== 'pending' || approval.decideBy <= now) return decidedWords(opened.record);
    await approversKnown(this.system, this.workspace, opened.record);
    const by = await this.#person(press.by);
    const handles = await this.system.transact(this.workspace, ({ approvals }) => approvals.handlesOf(by.id));
    return handles.some((handle) => approval.approvers.includes(handle))
      ? null
      : refusedWords('not_an_approver', approval);
  }

  async details(press: Press): Promise<Details | null> {
    const opened = await this.#open(press);
    if (!opened) return null;
    const { record } = opened;
    const { approval, agent } = record;
    return {
      card: approvalCard(record),
      json: exactJson(record.action.args),
      digest: approval.digest,
      rule: `Every write of ${agent} is held; decided by ${approval.minApprovals} of ${approval.approvers.join(', ') || 'nobody'}`,
    };
  }

  turnedAway(
    surface: string,
    reason: string,
    facts: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    return this.system.transact(this.workspace, async ({ audit }) => {
      audit.append({ name: 'surface.refused', actor: { kind: 'system' }, facts: { surface, reason, facts } });
    });
  }

  groupChanged(surface: string, groupId: string): Promise<void> {
    return this.system.reads(this.workspace).people.doubtGroup({ surface, groupId });
  }

  /** Nobody who presses what we showed comes here: it is put on record. */
  async #notValid({ by, channel }: Press): Promise<typeof NOT_VALID> {
    const facts = { account: by.id, ...(channel !== null && { channel }) };
    await this.turnedAway(by.surface, 'button_invalid', facts);
    return NOT_VALID;
  }

  /** The approval a token names, when this system sealed the token for this very place and these very bytes. */
  async #open({ token, channel, by }: Press): Promise<Opened | null> {
    const claimed = readButton(token);
    const record = claimed && (await this.system.reads(this.workspace).approvals.find(claimed.approvalId));
    if (!record) return null;
    const { digest, id: approvalId } = record.approval;
    const key = await this.system.system.buttonKey(this.workspace);
    const facts = { surface: by.surface, channel, approvalId, verb: claimed.verb, digest };
    return isSealed(key, token, facts) ? { verb: claimed.verb, record } : null;
  }

  async #told(result: DecideResult, by: Principal): Promise<Pressed> {
    switch (result.kind) {
      case 'decided':
      case 'voted':
        return { kind: 'done' };
      case 'already_decided': {
        const record = await this.system.reads(this.workspace).approvals.find(result.approval.id);
        const isOwn = result.sameAnswer && result.approval.decision?.by === by.handle;
        return isOwn || !record ? { kind: 'done' } : { kind: 'told', words: decidedWords(record) };
      }
      case 'refused':
        return { kind: 'told', words: refusedWords(result.code, result.approval) };
    }
  }

  /** @throws AppError `forbidden` / `people.outsider`: the surface turns them away before it comes to this */
  #person(account: Account): Promise<Principal> {
    if (account.outsider !== null) {
      throw new AppError('forbidden', 'people.outsider', `A ${account.outsider} neither asks nor decides`);
    }
    return this.system.transact(this.workspace, (stores) => personOf(stores, account));
  }

  async #cancelAll(runs: readonly RunId[], by: Principal): Promise<number> {
    const ended = await Promise.all(runs.map((run) => this.#cancel(run, by)));
    return ended.filter(Boolean).length;
  }

  /** False when it had ended before. */
  async #cancel(run: RunId, by: Principal): Promise<boolean> {
    try {
      await cancelRun(this.system.transact, this.workspace, run, by);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'conflict') return false;
      throw error;
    }
  }
}

/** Also when the denial was recorded before and its stop was not: a form is sent again then. */
function endsTask(
  result: DecideResult,
  { verb, reason }: { verb: DecisionVerdict; reason: Reason | null },
): boolean {
  const isTaken = result.kind === 'decided' || (result.kind === 'already_decided' && result.sameAnswer);
  return isTaken && verb === 'deny' && reason?.next === 'stop';
}

const NOT_VALID = { kind: 'told', words: '⛔ This button is not valid any more.' } as const satisfies Pressed;
