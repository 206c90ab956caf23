import { describe, expect, it } from '@jest/globals';

import type { ApprovalRecord } from './approval-store.js';
import type { Approval, Decision } from './approval.js';
import { approvalCard } from './card.js';

const AT = new Date('2026-11-20T09:00:00.000Z');

describe('an approval’s card', () => {
  it('shows what is asked, for whom, by whom, until when, and which bytes', () => {
    const card = approvalCard(aRecord());

    expect(card).toMatchObject({
      headline: '⏳ Approval required: Create issue “Flaky test” in acme/ingestion',
      lines: [
        { label: 'Action', value: 'demo.issues:write' },
        { label: 'Target', value: 'acme/ingestion' },
        { label: 'Risk', value: 'medium: public repository' },
        { label: 'Agent', value: 'demo' },
        { label: 'Asked by', value: '@ira' },
      ],
      args: [{ label: 'title', value: 'Flaky test' }],
      statedReason: 'The build is red',
      inspectable: true,
    });
    expect(card.footer).toBe(
      `apr_7Q2M9K8X · ${'a'.repeat(10)} · approvers: @ana, @ben · expires 2026-11-20T09:00:00.000Z`,
    );
  });

  it.each<[Partial<Approval>, RegExp]>([
    [{ minApprovals: 2 }, /approvers: 2 of @ana, @ben/],
    [{ approvers: [] }, /nobody \(no approvers are set\)/],
  ])('says who may decide: %j', (approval, words) => {
    expect(approvalCard(aRecord({ approval })).footer).toMatch(words);
  });

  it('keeps the model’s words out of everything but the quote', () => {
    const card = approvalCard(aRecord({ approval: { statedReason: '✅ Approved by @ana' } }));

    const { statedReason, ...rest } = card;
    expect(statedReason).toBe('✅ Approved by @ana');
    expect(JSON.stringify(rest)).not.toContain('✅');
  });

  it('makes characters that hide or turn text around visible, wherever they stand', () => {
    const hidden = 'a\u202Eb\u200Bc\u001B[2J';
    const card = approvalCard(
      aRecord({
        approval: {
          statedReason: hidden,
          description: {
            summary: hidden,
            target: hidden,
            fields: [{ label: hidden, value: hidden }],
            diff: hidden,
            risk: 'low',
          },
        },
      }),
    );

    const text = JSON.stringify(card);
    for (const char of ['\u202E', '\u200B', '\\u001b']) expect(text).not.toContain(char);
    expect(text.split('u{202e}').length - 1).toBeGreaterThanOrEqual(6);
  });

  it('cuts a long headline on a character, and breaks no line in it', () => {
    const { headline } = approvalCard(
      aRecord({ approval: { description: { ...described(), summary: `One\n${'🙂'.repeat(300)}` } } }),
    );

    expect([...headline]).toHaveLength(150);
    expect(headline).toMatch(/^⏳ Approval required: One 🙂+…$/u);
    expect(headline.isWellFormed()).toBe(true);
  });

  it('is not inspectable when it cannot show every argument whole', () => {
    const fields = [{ label: 'body', value: 'x'.repeat(20_001) }];

    expect(approvalCard(aRecord({ approval: { description: { ...described(), fields } } })).inspectable).toBe(
      false,
    );
  });

  it.each<[Decision['verdict'], string, RegExp]>([
    ['approved', 'started', /^✅ Approved, running…/],
    ['approved', 'done', /^✅ Approved:/],
    ['approved', 'failed', /^⚠️ Approved, but failed:/],
    ['approved', 'refused', /^⛔ Approved, but not run:/],
    ['approved', 'unknown', /not known yet:/],
    ['approved', 'needs_human', /outcome unknown:/],
    ['denied', 'refused', /^🚫 Denied:/],
    ['expired', 'refused', /^⛔ Expired:/],
    ['cancelled', 'refused', /^⛔ Cancelled:/],
    ['stale', 'refused', /^⛔ Out of date:/],
  ])('of one that is %s with its action %s says so first', (verdict, actionState, headline) => {
    expect(approvalCard(aRecord({ approval: decided(verdict), actionState })).headline).toMatch(headline);
  });

  it.each<[Decision['verdict'], Decision['by'], RegExp]>([
    ['approved', '@ana', /by @ana$/],
    ['denied', '@ana', /by @ana · nothing was changed$/],
    ['expired', null, /by no one · nothing was changed$/],
  ])('of one that is %s by %s says by whom, and whether something was changed', (verdict, by, footer) => {
    expect(approvalCard(aRecord({ approval: decided(verdict, by) })).footer).toMatch(footer);
  });

  it.each([
    ['https://github.com/acme/shop/issues/7', 'https://github.com/acme/shop/issues/7'],
    ['javascript:alert(1)', null],
    [7, null],
  ])('leads to %s only when it is an address of the web', (url, shown) => {
    const outcome = { kind: 'done', summary: 'Opened #7', url };

    expect(
      approvalCard(aRecord({ approval: decided('approved'), actionState: 'done', outcome })).resultUrl,
    ).toBe(shown);
  });

  it('says in its context who decided, where, after how long, and what came of it', () => {
    const outcome = { kind: 'done', summary: 'Opened #7' };

    expect(
      approvalCard(aRecord({ approval: decided('approved'), actionState: 'done', outcome })).context,
    ).toEqual(['by @ana from the CLI · waited 0 s · Opened #7']);
  });

  it('shows the name beside a handle that was made from an account', () => {
    const record = {
      ...aRecord(),
      initiator: '@slack.u0priya' as const,
      names: { '@slack.u0priya': 'Priya N.' },
    };

    expect(approvalCard(record).lines).toContainEqual({
      label: 'Asked by',
      value: 'Priya N. (@slack.u0priya)',
    });
  });

  it('tells a decider’s reason and what came of it', () => {
    const approval = {
      ...decided('approved'),
      decision: { ...decided('approved').decision, reason: 'Go\u200B' },
    };
    const outcome = { kind: 'done', summary: 'Opened #7' };

    expect(approvalCard(aRecord({ approval, actionState: 'done', outcome })).footer).toMatch(
      /by @ana · “Go\\u\{200b\}” · Opened #7$/,
    );
  });
});

function decided(verdict: Decision['verdict'], by: Decision['by'] = '@ana') {
  return { state: verdict, decision: { verdict, by, via: 'cli', reason: null, at: AT } };
}

function described() {
  return {
    summary: 'Create issue “Flaky test” in acme/ingestion',
    target: 'acme/ingestion',
    fields: [{ label: 'title', value: 'Flaky test' }],
    risk: 'medium' as const,
    riskReason: 'public repository',
  };
}

interface About {
  approval?: Partial<Approval>;
  actionState?: string;
  outcome?: Record<string, unknown>;
}

function aRecord({ approval = {}, actionState = 'held', outcome }: About = {}): ApprovalRecord {
  return {
    approval: {
      id: 'apr_01JQ00000000007Q2M9K8X',
      kind: 'approve',
      actionId: 'act_1',
      agentId: 'agt_1',
      runId: null,
      state: 'pending',
      revision: 1,
      digest: 'a'.repeat(64),
      permission: 'demo.issues:write',
      authorityDigest: 'b'.repeat(64),
      toolDigest: 'c'.repeat(64),
      description: described(),
      statedReason: 'The build is red',
      approvers: ['@ana', '@ben'],
      minApprovals: 1,
      selfApproval: false,
      initiatorId: 'usr_ira',
      createdAt: AT,
      decideBy: AT,
      decision: null,
      ...approval,
    },
    votes: [],
    agent: 'demo',
    initiator: '@ira',
    names: {},
    now: AT,
    action: {
      id: 'act_1',
      state: actionState,
      outcome: outcome ?? null,
      args: {},
      spentMicros: 0,
      isSimulated: false,
      agentRevision: 1,
    },
  };
}
