import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@openloop/api-contract';
import type { McpSimulator } from '@openloop/simulators';

import {
  BEARER,
  callsAt,
  CI_LOGS,
  CREATE,
  everyRow,
  GITHUB,
  heldCall,
  MCP_SECRETS,
  mcpAgent,
  McpBench,
  SEARCH,
  TENANT,
  ticketsAt,
} from './harness/mcp-bench.js';
import { task } from './harness/mcp-brain.js';
import type { OpenLoop } from './harness/open-loop.js';

let bench: McpBench;
let tickets: McpSimulator;
let loop: OpenLoop;

beforeAll(async () => {
  bench = await McpBench.start();
  tickets = await bench.serve();
  loop = await bench.open();
  await loop.operator.apply(mcpAgent('desk', [ticketsAt(tickets), CI_LOGS, GITHUB]));
  await bench.outside.openIssue('An older issue');
});

afterAll(async () => {
  await loop.close();
  await bench.close();
});

const search = { name: 'tickets_search', arguments: { query: 'login' } };
const create = { name: 'tickets_create_ticket', arguments: { title: 'Login fails', labels: ['bug', 'p1'] } };

async function callsOf(run: string) {
  const { steps } = await loop.operator.call(routes['runs.steps'], { params: { id: run } });
  return steps.flatMap(({ calls }) => calls);
}

describe('An agent with MCP servers', () => {
  it('is applied with the tools as they are now, and says which read and which ask', async () => {
    const { permissions, warnings } = await loop.operator.call(routes['agents.get'], {
      params: { name: 'desk' },
    });
    expect(permissions).toEqual([
      { permission: 'tickets.search', effect: 'read', gate: 'allow' },
      { permission: 'tickets.create_ticket', effect: 'write', gate: 'ask' },
      { permission: 'ci.tail', effect: 'read', gate: 'allow' },
      { permission: 'ci.rerun', effect: 'write', gate: 'ask' },
      { permission: 'github.issues:read', effect: 'read', gate: 'allow' },
    ]);
    expect(warnings).toEqual([]);

    const { system, workspace } = loop.serving;
    const registered = await system.reads(workspace).agents.findByName('desk');
    expect(registered?.current.pins).toMatchObject([
      {
        permission: 'tickets.search',
        definition: { title: 'Search tickets' },
        server: { name: 'simulated' },
      },
      { permission: 'tickets.create_ticket', definition: { name: 'create_ticket' } },
      { permission: 'ci.tail', server: { host: 'stdio:ci-logs' } },
      { permission: 'ci.rerun' },
    ]);
  });

  it('reads from a server, from a program and from a built-in tool at once, asking nobody', async () => {
    const before = callsAt(tickets).length;
    const calls = [
      search,
      { name: 'ci_tail', arguments: { lines: 5 } },
      { name: 'github_issues_read', arguments: { repo: 'acme/shop', number: 1 } },
    ];
    const { id } = await loop.operator.start('desk', task(...calls));
    const run = await loop.operator.ended(id);
    expect(run).toMatchObject({ status: 'completed', steps: 4, approvals: [] });
    expect(run.answer).toContain('3 tickets about login');
    expect(run.answer).toContain('lines');
    expect(run.answer).toContain('An older issue');
    expect((await callsOf(id)).map(({ permission, outcome }) => [permission, outcome])).toEqual([
      ['tickets.search', 'read'],
      ['ci.tail', 'read'],
      ['github.issues:read', 'read'],
    ]);
    expect(callsAt(tickets).slice(before)).toMatchObject([
      {
        tool: 'search',
        headers: { authorization: `Bearer ${BEARER}`, 'x-tenant': TENANT, 'x-team': 'platform' },
        params: { arguments: { query: 'login' } },
      },
    ]);
  });

  it('has a write held with its arguments labelled, and sends it exactly once when it is approved', async () => {
    const { operator, priya, mallory } = loop;
    const before = tickets.calls.length;
    const { run, approval } = await heldCall(loop, 'desk', create);
    expect(approval).toMatchObject({
      status: 'held',
      permission: 'tickets.create_ticket',
      summary: 'Call create_ticket on tickets',
      target: `${new URL(tickets.url).host} create_ticket`,
      risk: 'medium',
      card: { diff: null, inspectable: true },
    });
    expect(approval.card.args).toEqual([
      { label: 'title', value: 'Login fails' },
      { label: 'labels', value: '[\n  "bug",\n  "p1"\n]' },
    ]);
    await expect(mallory.approve(approval)).rejects.toMatchObject({ code: 'not_an_approver' });
    expect(tickets.calls).toHaveLength(before);

    await priya.approve(approval);
    await priya.approve(approval);
    const ended = await operator.ended(run);
    expect(ended).toMatchObject({ status: 'completed' });
    expect(ended.answer).toContain('"status":"executed"');
    expect(ended.answer).toContain('made T-7 Login fails');

    expect(callsAt(tickets).filter(({ tool }) => tool === 'create_ticket')).toHaveLength(1);
    const [call, ...more] = tickets.calls.slice(before);
    expect(more).toEqual([]);
    expect(call?.args).toEqual(create.arguments);
    const { action } = await operator.approval(approval.id);
    expect(action).toMatchObject({ state: 'done' });
    const key = call?.meta['openloop/effect'];
    expect(key).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(JSON.stringify(action.outcome)).toContain(String(key));
    expect((await operator.audited(run)).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['action.proposed', 'approval.decided', 'action.started', 'action.done']),
    );
  });

  it.each([
    ['a tool that it is not allowed', 'tickets_delete_all'],
    ['another case', 'tickets_Search'],
    ['no server', 'search'],
    ['another server', 'ci_search'],
    ['a permission in place of a function', 'tickets.search'],
  ])('is refused a call with %s, and the server hears nothing', async (_, name) => {
    const before = callsAt(tickets).length;
    const { id } = await loop.operator.start('desk', task({ name, arguments: { query: 'x' } }));
    const run = await loop.operator.ended(id);
    expect(run.answer).toContain('unknown_tool');
    expect((await callsOf(id)).map(({ outcome }) => outcome)).toEqual(['refused']);
    expect(callsAt(tickets)).toHaveLength(before);
  });

  it('shows a model what it may use, as it was pinned, and nothing else', async () => {
    const { id } = await loop.operator.start('desk', task());
    await loop.operator.ended(id);
    expect(bench.outside.openai.ledger.requests.at(-1)?.tools).toEqual([
      'tickets_search',
      'tickets_create_ticket',
      'ci_tail',
      'ci_rerun',
      'github_issues_read',
    ]);
  });

  it('is refused arguments that do not fit the pinned schema', async () => {
    const before = callsAt(tickets).length;
    const wrong = { name: 'tickets_create_ticket', arguments: { title: 'x', admin: true } };
    const { id } = await loop.operator.start('desk', task(wrong));
    expect((await loop.operator.ended(id)).answer).toContain('invalid arguments for tickets.create_ticket');
    expect(callsAt(tickets)).toHaveLength(before);
  });

  it('asks before a read that a rule names', async () => {
    const other = await bench.serve();
    await loop.operator.apply(mcpAgent('careful', [ticketsAt(other)], ['tickets.search']));
    const { run, approval } = await heldCall(loop, 'careful', search);
    expect(approval).toMatchObject({ permission: 'tickets.search', risk: 'low' });
    expect(other.calls).toEqual([]);
    await loop.priya.approve(approval);
    expect((await loop.operator.ended(run)).answer).toContain('3 tickets about login');
    expect(other.calls).toHaveLength(1);
  });
});

describe('A client of an earlier OpenLoop', () => {
  const invoke = async (action: string, args: object) =>
    (await loop.operator.send('POST', '/tools/invoke', { agent: 'desk', action, args })).json;

  it('reads at once, and is refused what is not named exactly', async () => {
    expect(await invoke('tickets.search', { query: 'disk' })).toMatchObject({
      status: 'executed',
      result: { ok: true },
      message: expect.stringContaining('3 tickets about disk'),
    });
    expect(await invoke('tickets.delete_all', {})).toMatchObject({ status: 'forbidden' });
    expect(await invoke('tickets.search', {})).toMatchObject({ status: 'invalid' });
  });

  it('has a write held, which happens once when somebody entitled resolves it', async () => {
    const before = tickets.calls.length;
    const held = await invoke('tickets.create_ticket', { title: 'By hand' });
    expect(held).toMatchObject({ status: 'pending_approval', result: null });
    expect(tickets.calls).toHaveLength(before);
    const path = `/approvals/${String(held?.['approval_id'])}/resolve`;
    const { json } = await loop.priya.send('POST', path, { approve: true });
    expect(json).toMatchObject({ status: 'executed', result: { ok: true } });
    expect(JSON.stringify(json)).toContain('made T-7 By hand');
    expect(tickets.calls.slice(before)).toMatchObject([{ args: { title: 'By hand' } }]);
  });
});

describe('A secret of the runtime itself', () => {
  it.each(['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'OPENLOOP_DATA'])(
    'in %s cannot be named by a file',
    async (name) => {
      const server = await bench.serve();
      const text = mcpAgent('thief', [ticketsAt(server, { credentials: `\${env:${name}}` })]);
      const body = { files: [{ file: 'thief.yaml', text }] };
      const { applied, problems } = await loop.operator.call(routes['agents.apply'], { body });
      expect(applied).toBe(false);
      expect(problems).toContainEqual(expect.objectContaining({ code: 'env_not_set', severity: 'error' }));
      expect(server.requests).toEqual([]);
    },
  );
});

describe('A secret that a server is shown', () => {
  it('is in no row, not even when the server says it back', async () => {
    const said = `you sent ${BEARER} for ${TENANT}`;
    const tools = [{ definition: SEARCH, run: () => said }, { definition: CREATE }];
    const loose = await bench.serve({ tools });
    await loop.operator.apply(mcpAgent('loose', [ticketsAt(loose)]));
    const { id } = await loop.operator.start('loose', task(search));
    expect((await loop.operator.ended(id)).answer).toContain('you sent [secret] for [secret]');

    // Its refusal holds the token too.
    const strict = await bench.serve({ bearer: 'another' });
    const files = [{ file: 'a.yaml', text: mcpAgent('strict', [ticketsAt(strict)]) }];
    const plan = await loop.operator.call(routes['agents.apply'], { body: { files } });
    expect(plan.problems).toMatchObject([{ code: 'mcp_unreachable', severity: 'warning' }]);
    expect(JSON.stringify(plan.problems)).toContain('401');

    const everything = `${await everyRow(loop)}\n${JSON.stringify(plan)}`;
    expect(everything).toContain('tickets.search');
    for (const secret of MCP_SECRETS) expect(everything).not.toContain(secret);
  });
});
