import { describe, expect, it } from '@jest/globals';
import { anAgent } from '@openloop/agent-spec/testing';

import { allowedPermissions, grantApproved, isAllowed, judge, type CheckedCall } from './judge.js';

const READ: CheckedCall = { permission: 'demo.issues:read', effect: 'read', args: {} };
const WRITE: CheckedCall = {
  permission: 'demo.issues:write',
  effect: 'write',
  args: { title: 'Flaky test' },
};
const DIGEST = 'a'.repeat(64);

describe('judge', () => {
  it('lets a read on the allowlist run', () => {
    expect(judge(READ, anAgent())).toMatchObject({ kind: 'allow', grant: { call: READ } });
  });

  it('asks for every write, also where no rule names it', () => {
    expect(judge(WRITE, anAgent({ approvals: { requireFor: [] } })).kind).toBe('ask');
  });

  it('asks for a read that a rule names', () => {
    expect(judge(READ, anAgent({ approvals: { requireFor: ['demo.issues:read'] } })).kind).toBe('ask');
  });

  it('asks by the agent’s own rules', () => {
    const approvals = {
      approvers: ['@ana', '@ben'] as const,
      minApprovals: 2,
      selfApproval: 'allow' as const,
      expiresAfterMs: 60_000,
    };

    expect(judge(WRITE, anAgent({ approvals }))).toEqual({
      kind: 'ask',
      rule: { approvers: ['@ana', '@ben'], minApprovals: 2, selfApproval: true, decideWithinMs: 60_000 },
    });
  });

  it.each([
    'demo.issues:delete',
    'demo.issues',
    'demo.issues:write ',
    'Demo.issues:write',
    'github.issues:write',
  ] as const)('denies %s, which the allowlist does not name exactly', (permission) => {
    for (const effect of ['read', 'write'] as const) {
      expect(judge({ permission, effect, args: {} }, anAgent())).toMatchObject({
        kind: 'deny',
        reason: expect.stringContaining('allowlist'),
      });
    }
  });

  it('allows nothing to an agent without tools', () => {
    const agent = anAgent({ tools: [] });

    expect(allowedPermissions(agent)).toEqual([]);
    expect(isAllowed('demo.issues:read', agent)).toBe(false);
  });
});

describe('grantApproved', () => {
  it('grants what was approved and is unchanged', () => {
    expect(
      grantApproved(WRITE, { approvalState: 'approved', decidedDigest: DIGEST, sendDigest: DIGEST }).call,
    ).toBe(WRITE);
  });

  it.each(['pending', 'denied', 'expired', 'cancelled', 'stale', 'Approved', ''])(
    'grants nothing in the state “%s”',
    (approvalState) => {
      expect(() =>
        grantApproved(WRITE, { approvalState, decidedDigest: DIGEST, sendDigest: DIGEST }),
      ).toThrow(expect.objectContaining({ code: 'policy.grant_without_approval' }));
    },
  );

  it('grants nothing whose bytes are not those that were approved', () => {
    const proof = { approvalState: 'approved', decidedDigest: DIGEST, sendDigest: `${DIGEST.slice(1)}b` };

    expect(() => grantApproved(WRITE, proof)).toThrow(
      expect.objectContaining({ code: 'policy.digest_mismatch' }),
    );
  });
});
