import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anAgentYaml } from '@openloop/agent-spec/testing';
import { apply, type ApplyResult, type Directory } from '@openloop/agents';
import type { Handle } from '@openloop/kernel';
import type { Found } from '@openloop/surfaces';

import { PostgresPeopleStore } from '../src/index.js';
import { sql } from 'kysely';

import { aTeam, change, openBench, type Bench, type Team } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 240_000);
afterAll(() => bench.close());

const PRIYA: Found = { kind: 'person', id: 'T1/U0PRIYA', name: 'Priya N.' };
const MAINTAINERS: Found = { kind: 'group', id: 'S0MAINT', name: 'Maintainers', members: ['T1/U1', 'T1/U2'] };

describe('an approver in an applied file', () => {
  it('is looked up at the connected product, once, and kept by id', async () => {
    const team = await aTeam(bench);
    const slack = new Listing({ '@priya': PRIYA, '@maintainers': MAINTAINERS });

    expect((await applied(team, ['@priya', '@maintainers'], slack)).isApplied).toBe(true);
    slack.entries = { '@priya': { kind: 'person', id: 'T1/U0FAKE', name: 'Priya N.' } };
    expect((await applied(team, ['@priya', '@maintainers'], slack)).problems).toEqual([]);

    expect(slack.asked).toEqual(['@priya', '@maintainers']);
    const people = new PostgresPeopleStore(team.db, team.workspace);
    const priya = await people.byAccount({ surface: 'slack', id: 'T1/U0PRIYA' });
    expect(await people.meanings(['@priya', '@maintainers'])).toEqual(
      new Map<string, object>([
        ['@priya', { kind: 'person', id: priya?.id, surfaces: ['slack'] }],
        ['@maintainers', { kind: 'group', surface: 'slack', members: ['T1/U1', 'T1/U2'] }],
      ]),
    );
    const resolved = await team.audit.list({ name: 'handle.resolved' }, { limit: 9, order: 'asc' });
    expect(resolved).toHaveLength(2);
  });

  it('is only looked at by a dry run', async () => {
    const team = await aTeam(bench);

    await applied(team, ['@priya'], new Listing({ '@priya': PRIYA }), { isDryRun: true });

    const people = new PostgresPeopleStore(team.db, team.workspace);
    expect(await people.byAccount({ surface: 'slack', id: 'T1/U0PRIYA' })).toBeNull();
  });

  it.each<[string, Found, string]>([
    ['nobody', { kind: 'nobody', near: ['@maxi'] }, 'approver_unresolved'],
    ['several people', { kind: 'ambiguous', ids: ['T1/U1', 'T1/U9'] }, 'approver_ambiguous'],
  ])('who is %s stops the apply', async (_, found, code) => {
    const team = await aTeam(bench);

    const result = await applied(team, ['@max'], new Listing({ '@max': found }));

    expect(result.isApplied).toBe(false);
    expect(result.problems).toMatchObject([{ severity: 'error', code }]);
  });

  it('who cannot be looked up now stops the apply with words', async () => {
    const team = await aTeam(bench);

    await expect(applied(team, ['@priya'], new Listing(null))).rejects.toMatchObject({
      code: 'approvers.unknown_now',
      kind: 'unavailable',
    });
  });

  it('who has a key and no account there is refused, because one person could count as two', async () => {
    const team = await aTeam(bench);

    const result = await applied(team, ['@ana'], new Listing({}));

    expect(result.isApplied).toBe(false);
    expect(result.problems).toMatchObject([{ severity: 'error', code: 'approver_elsewhere' }]);
  });

  it('who is not here any more is nobody, and nobody else comes to be meant', async () => {
    const team = await aTeam(bench);
    await change(bench, sql`update principals set disabled_at = clock_timestamp() where id = ${team.ana.id}`);
    const slack = new Listing({ '@ana': PRIYA });

    const result = await applied(team, ['@ana'], slack);

    expect(slack.asked).toEqual([]);
    expect(result.problems).toMatchObject([{ severity: 'error', code: 'approver_unresolved' }]);
  });

  it('is a warning when no product is connected', async () => {
    const result = await applied(await aTeam(bench), ['@priya'], null);

    expect(result.problems).toMatchObject([{ severity: 'warning', code: 'approver_unresolved' }]);
  });
});

class Listing implements Directory {
  readonly name = 'slack';
  readonly asked: string[] = [];

  constructor(public entries: Record<string, Found> | null) {}

  async find(handle: string): Promise<Found> {
    this.asked.push(handle);
    if (!this.entries) throw new Error('away');
    return this.entries[handle] ?? { kind: 'nobody', near: [] };
  }
}

function applied(
  team: Team,
  approvers: Handle[],
  directory: Directory | null,
  { isDryRun = false } = {},
): Promise<ApplyResult> {
  const text = anAgentYaml({
    surfaces: [{ type: 'slack', channel: '#dev', respondTo: 'addressed', progress: 'quiet' }],
    approvals: { approvers },
  });
  const request = {
    files: [{ file: 'a.yaml', text }],
    isDryRun,
    message: null,
    expected: {},
    by: { kind: 'system' as const },
  };
  const permission = (name: string, effect: 'read' | 'write') => ({ name, effect });
  const permissions = [permission('issues:read', 'read'), permission('issues:write', 'write')];
  const tools = { demo: { permissions } };
  const options = {
    tools,
    env: () => undefined,
    pricedModel: () => true,
    directories: directory ? [directory] : [],
  };
  return apply(team.transact, team.workspace, request, options);
}
