import type { Account, Desk, Details, Heard, HeardAs, Press, Pressed, Reason } from '@openloop/surfaces';

export interface TurnedAway {
  reason: string;
  facts: Readonly<Record<string, string | number>>;
}

/** A desk that keeps what reaches it. What it answers can be replaced. */
export class RecordingDesk implements Desk {
  readonly heard: Heard[] = [];
  readonly decided: { press: Press; reason: Reason | null }[] = [];
  readonly stopped: { key: string; by: Account }[] = [];
  readonly muted: { key: string; by: Account; isMuted: boolean }[] = [];
  readonly away: TurnedAway[] = [];
  readonly groups: string[] = [];

  onHear: (heard: Heard) => Promise<HeardAs> = () => Promise.resolve({ kind: 'ignored', why: 'no_agent' });
  onDecide: (press: Press, reason: Reason | null) => Promise<Pressed> = () =>
    Promise.resolve({ kind: 'done' });
  onMayNot: () => Promise<string | null> = () => Promise.resolve(null);
  onDetails: (press: Press) => Promise<Details | null> = () => Promise.resolve(DETAILS);
  onMute: () => Promise<boolean> = () => Promise.resolve(true);

  /** Everything that got as far as a decision of the system. */
  get reached(): number {
    return (
      this.heard.length + this.decided.length + this.muted.length + this.stopped.length + this.groups.length
    );
  }

  /** How often each reason was put on record, the counted ones too. */
  reasons(): Record<string, number> {
    const counts: Record<string, number> = {};
    const add = (reason: string, times: number): void =>
      void (counts[reason] = (counts[reason] ?? 0) + times);
    for (const { reason, facts } of this.away) {
      if (reason !== 'flood') add(reason, 1);
      else for (const [each, times] of Object.entries(facts)) add(each, Number(times));
    }
    return counts;
  }

  hear(heard: Heard): Promise<HeardAs> {
    this.heard.push(heard);
    return this.onHear(heard);
  }

  decide(press: Press, reason: Reason | null): Promise<Pressed> {
    this.decided.push({ press, reason });
    return this.onDecide(press, reason);
  }

  mayNotDecide(): Promise<string | null> {
    return this.onMayNot();
  }

  details(press: Press): Promise<Details | null> {
    return this.onDetails(press);
  }

  stop(thread: { surface: string; key: string }, by: Account): Promise<number> {
    this.stopped.push({ key: thread.key, by });
    return Promise.resolve(1);
  }

  mute(thread: { surface: string; key: string }, by: Account, isMuted: boolean): Promise<boolean> {
    this.muted.push({ key: thread.key, by, isMuted });
    return this.onMute();
  }

  turnedAway(_surface: string, reason: string, facts: TurnedAway['facts']): Promise<void> {
    this.away.push({ reason, facts });
    return Promise.resolve();
  }

  groupChanged(_surface: string, groupId: string): Promise<void> {
    this.groups.push(groupId);
    return Promise.resolve();
  }
}

export const DETAILS: Details = {
  card: {
    headline: '⏳ Approval required: create issue “Flaky deploy”',
    state: '⏳ Approval required:',
    summary: 'create issue “Flaky deploy”',
    expiresAt: null,
    context: ['Asked by Priya'],
    lines: [{ label: 'Action', value: 'github.issues:write' }],
    args: [{ label: 'title', value: 'Flaky deploy' }],
    footer: 'apr_7Q2M9K',
    reference: 'apr_7Q2M9K',
    resultUrl: null,
    inspectable: true,
  },
  json: '{\n  "title": "Flaky deploy"\n}',
  digest: 'sha256:0',
  rule: 'approvals.require_for in dev-platform, revision 7',
};
