import { describe, expect, it } from '@jest/globals';

import { approveIneligibility, denyIneligibility, type Decider, type Entitlement } from './entitlement.js';

const ANA: Decider = { id: 'usr_ana', handles: ['@ana'] };
const IRA: Decider = { id: 'usr_ira', handles: ['@ira'] };
const EVA: Decider = { id: 'usr_eva', handles: ['@eva', '@maintainers'] };

describe('who may approve', () => {
  it.each<[string, Decider, Partial<Entitlement>, string | null]>([
    ['an approver', ANA, {}, null],
    ['somebody in a group of approvers', EVA, { approvers: ['@maintainers'] }, null],
    ['somebody in another group', EVA, {}, 'not_an_approver'],
    [
      'somebody in a group of approvers who asked for it',
      EVA,
      { approvers: ['@maintainers'], initiatorId: EVA.id },
      'self_approval',
    ],
    ['somebody else', IRA, {}, 'not_an_approver'],
    ['anybody, where nobody is an approver', ANA, { approvers: [] }, 'not_an_approver'],
    ['an approver who asked for it', ANA, { initiatorId: ANA.id }, 'self_approval'],
    ['an approver who asked for it and may', ANA, { initiatorId: ANA.id, selfApproval: true }, null],
    [
      'an approver who asked for a medium risk and may',
      ANA,
      { initiatorId: ANA.id, selfApproval: true, risk: 'medium' },
      null,
    ],
    [
      'an approver who asked for a high risk, whatever is allowed',
      ANA,
      { initiatorId: ANA.id, selfApproval: true, risk: 'high' },
      'self_approval',
    ],
    ['whoever asked for it and is no approver', IRA, { selfApproval: true }, 'not_an_approver'],
    ['an approver, of a high risk that somebody else asked for', ANA, { risk: 'high' }, null],
  ])('%s', (_, person, about, why) => {
    expect(approveIneligibility(person, rule(about))).toBe(why);
  });
});

describe('who may deny', () => {
  it.each<[string, Decider, Partial<Entitlement>, string | null]>([
    ['somebody in a group of approvers', EVA, { approvers: ['@maintainers'] }, null],
    ['an approver', ANA, {}, null],
    ['an approver who asked for it, of any risk', ANA, { initiatorId: ANA.id, risk: 'high' }, null],
    ['not somebody else', IRA, {}, 'not_an_approver'],
  ])('%s', (_, person, about, why) => {
    expect(denyIneligibility(person, rule(about))).toBe(why);
  });
});

function rule(about: Partial<Entitlement>): Entitlement {
  return { approvers: ['@ana', '@ben'], initiatorId: IRA.id, selfApproval: false, risk: 'low', ...about };
}
