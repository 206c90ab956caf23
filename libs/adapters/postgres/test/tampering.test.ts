import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execute } from '@openloop/actions';
import { sql, type RawBuilder } from 'kysely';

import {
  actionRow,
  answer,
  approved,
  aTeam,
  change,
  held,
  namesOf,
  openBench,
  type Bench,
  type Held,
  type Team,
  toolboxOf,
} from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

describe('what was decided, as the database keeps it,', () => {
  it.each(['args', 'terms', 'digest', 'effect_key', 'permission'])('does not change: %s', async (column) => {
    const team = await aTeam(bench);
    const { actionId } = await approved(team);

    await expect(
      change(team, sql`update actions set ${sql.ref(column)} = 'other' where id = ${actionId}`),
    ).rejects.toMatchObject({ code: 'OL001' });
  });

  it('does not change once it ended, and is never deleted', async () => {
    const team = await aTeam(bench);
    const { actionId, approvalId } = await approved(team);
    await execute({ transact: team.transact, toolbox: toolboxOf(team.catalog) }, team.workspace, actionId);

    for (const statement of [
      sql`update actions set state = 'ready' where id = ${actionId}`,
      sql`update actions set outcome = null where id = ${actionId}`,
      sql`delete from actions where id = ${actionId}`,
      sql`update approvals set state = 'pending', decided_at = null where id = ${approvalId}`,
      sql`update approvals set approvers = '{@eve}' where id = ${approvalId}`,
      sql`delete from approvals where id = ${approvalId}`,
      sql`update votes set verdict = 'deny' where approval_id = ${approvalId}`,
      sql`delete from votes where approval_id = ${approvalId}`,
      sql`update principals set handle = '@eve' where id = ${team.ana.id}`,
      sql`update agent_revisions set agent = '{}' where agent_id = ${team.revision.agentId}`,
    ]) {
      await expect(change(team, statement)).rejects.toMatchObject({ code: 'OL001' });
    }
  });
});

describe('whoever gets past the triggers and changes', () => {
  beforeAll(async () => {
    for (const [table, trigger] of [
      ['actions', 'actions_bytes_fixed'],
      ['approvals', 'approvals_terminal_fixed'],
      ['votes', 'votes_fixed'],
    ] as const) {
      await change(bench, sql`drop trigger ${sql.ref(trigger)} on ${sql.table(table)}`);
    }
  });

  const ofAction: [string, RawBuilder<unknown>][] = [
    ['one letter of the arguments', sql`args = replace(args, 'Flaky', 'Fluky')`],
    ['the arguments to no JSON at all', sql`args = 'none'`],
    ['the terms to no JSON at all', sql`terms = 'none'`],
    ['the digest', sql`digest = repeat('0', 64)`],
    ['the permission', sql`permission = 'demo.issues:close'`],
    ['the effect key', sql`effect_key = reverse(effect_key)`],
    ['the last moment to send', sql`execute_by = execute_by + interval '1 year'`],
    ...['effectKey', 'nonce', 'target', 'toolDigest', 'authorityDigest', 'permission', 'initiatorId'].map(
      (key): [string, RawBuilder<unknown>] => [
        `the terms’ ${key}`,
        sql`terms = jsonb_set(terms::jsonb, ${`{${key}}`}::text[], '"other"')::text`,
      ],
    ),
  ];
  it.each(ofAction)('%s of an approved action gets nothing sent', async (_, assignment) => {
    const team = await aTeam(bench);
    const waiting = await approved(team);
    await change(team, sql`update actions set ${assignment} where id = ${waiting.actionId}`);

    expect(await sending(team, waiting)).toEqual(NOTHING_SENT);
  });

  const ofApproval: [string, RawBuilder<unknown>][] = [
    ['how many have to agree', sql`min_approvals = 1`],
    ['who may agree', sql`approvers = approvers || '{@ira}'::text[]`],
    ['whether one may agree to one’s own', sql`self_approval = true`],
    [
      'who asked for it',
      sql`initiator_id = (select id from principals p
      where p.workspace_id = approvals.workspace_id and p.handle = '@cleo')`,
    ],
    ['the digest', sql`digest = repeat('0', 64)`],
    ['the state back to pending', sql`state = 'pending', decided_at = null, decision = null`],
    ['the tool’s digest', sql`tool_digest = repeat('0', 64)`],
  ];
  it.each(ofApproval)('%s of the approval gets nothing sent', async (_, assignment) => {
    const team = await aTeam(bench);
    const waiting = await held(team, { rule: { minApprovals: 2 } });
    await answer(team, waiting, team.ana);
    await answer(team, waiting, team.ben);
    await change(team, sql`update approvals set ${assignment} where id = ${waiting.approvalId}`);

    expect(await sending(team, waiting)).toEqual(NOTHING_SENT);
  });

  it('arguments and every digest beside them gets nothing sent: the votes were on other bytes', async () => {
    const team = await aTeam(bench);
    const { actionId, approvalId } = await approved(team);
    const other = await held(team, { args: { repo: 'acme/secrets', title: 'Flaky test' } });
    await change(
      team,
      sql`update actions a set (args, terms, digest) = (select o.args, o.terms, o.digest
      from actions o where o.id = ${other.actionId}) where a.id = ${actionId}`,
    );
    await change(team, sql`update approvals set digest = ${other.digest} where id = ${approvalId}`);

    expect(await sending(team, { actionId })).toEqual(NOTHING_SENT);
  });

  it('the state of a held action to ready gets nothing sent', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await change(team, sql`update actions set state = 'ready' where id = ${waiting.actionId}`);

    expect(await sending(team, waiting)).toEqual(NOTHING_SENT);
  });

  it('an approval to approved without a vote gets nothing sent', async () => {
    const team = await aTeam(bench);
    const waiting = await held(team);
    await change(team, sql`update actions set state = 'ready' where id = ${waiting.actionId}`);
    await change(
      team,
      sql`update approvals set state = 'approved', decided_at = clock_timestamp(), decision = '{}'
        where id = ${waiting.approvalId}`,
    );

    expect(await sending(team, waiting)).toEqual(NOTHING_SENT);
  });
});

const NOTHING_SENT = { sent: [], state: 'refused', kind: 'stale', refusals: 1 };

/** Tries to send, and tells what came of it. */
async function sending(team: Team, { actionId }: Pick<Held, 'actionId'>) {
  await execute({ transact: team.transact, toolbox: toolboxOf(team.catalog) }, team.workspace, actionId);

  const { state, outcome } = await actionRow(team, actionId);
  const refusals = (await namesOf(team)).filter((name) => name === 'action.refused').length;
  return { sent: team.target.sent, state, kind: outcome?.kind, refusals };
}
