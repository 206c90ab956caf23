import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type RunView } from '@openloop/api-contract';
import { mcpFaults, type McpFault } from '@openloop/simulators';

import {
  callsAt,
  CI_LOGS,
  GITHUB,
  heldCall,
  mcpAgent,
  McpBench,
  settled,
  ticketsAt,
} from './harness/mcp-bench.js';
import { task } from './harness/mcp-brain.js';
import { passTime } from './harness/killing.js';
import type { OpenLoop } from './harness/open-loop.js';
import { freshPlace } from './harness/place.js';
import { until } from './harness/until.js';

let bench: McpBench;
let loop: OpenLoop;

beforeAll(async () => {
  bench = await McpBench.start();
  loop = await bench.open();
  await bench.outside.openIssue('An older issue');
});

afterAll(async () => {
  await loop.close();
  await bench.close();
});

const search = { name: 'tickets_search', arguments: { query: 'login' } };
const create = { name: 'tickets_create_ticket', arguments: { title: 'Login fails' } };
const rerun = { name: 'ci_rerun', arguments: {} };

/** What the model was told of its write. */
function told({ answer }: RunView): string | undefined {
  return /status\W+(\w+)/.exec(answer ?? '')?.[1];
}

const LATE_MS = 3_000;

/** How the server misbehaves · what becomes of the action · how many tickets there are · what people are told. */
const ENDS: readonly [string, McpFault, state: string, made: number, says: RegExp][] = [
  [
    'says that it failed',
    mcpFaults.isError('Quota is used up'),
    'failed',
    1,
    /says it failed: “Quota is used up”/,
  ],
  [
    'refuses the arguments',
    mcpFaults.rpcError(-32_602, 'No such label'),
    'failed',
    0,
    /error -32602: “No such label”/,
  ],
  ['refuses the token', mcpFaults.status(401), 'failed', 0, /status 401/],
  ['breaks', mcpFaults.status(503, { executes: true }), 'needs_human', 1, /status 503/],
  ['answers another request', mcpFaults.wrongId(), 'needs_human', 1, /not asked/],
  [
    'breaks its answer off',
    mcpFaults.cutStream({ executes: true }),
    'needs_human',
    1,
    /broke its answer off/,
  ],
  ['breaks off before it does anything', mcpFaults.reset({ executes: false }), 'needs_human', 0, /broke/],
  ['answers too late', mcpFaults.late(LATE_MS), 'needs_human', 1, /in time|took too long/],
  ['never answers', mcpFaults.silence(), 'needs_human', 1, /in time|took too long/],
  ['wants to know more', mcpFaults.inputRequired(), 'needs_human', 1, /wants to know more/],
  ['redirects', mcpFaults.redirect('http://127.0.0.1:1/mcp'), 'needs_human', 0, /redirects/],
];

describe('An approved write', () => {
  it.each(ENDS)(
    'at a server that %s is sent once, and told as it is',
    async (...[words, fault, state, made, says]) => {
      const server = await bench.serve();
      const agent = `a-${words.replaceAll(' ', '-')}`;
      await loop.operator.apply(mcpAgent(agent, [ticketsAt(server, { timeout: '1s' })]));
      const { run, approval } = await heldCall(loop, agent, create);
      server.arm({ method: 'tools/call', fault });
      await loop.priya.approve(approval);

      const ended = await settled(loop, run);
      expect(ended.status).toBe('completed');
      expect(told(ended)).toBe(state === 'failed' ? 'failed' : 'unknown');
      expect(ended.answer).toMatch(says);
      const { action } = await loop.operator.approval(approval.id);
      expect(action).toMatchObject({ state });
      const audited = (await loop.operator.audited(run)).filter(({ name }) => name.startsWith('action.'));
      const end = state === 'failed' ? ['action.failed'] : ['action.unknown', 'action.needs_human'];
      expect(audited.map(({ name }) => name)).toEqual(['action.proposed', 'action.started', ...end]);
      expect(JSON.stringify(audited)).toMatch(says);

      await passTime(loop, new Date(0));
      expect(callsAt(server)).toHaveLength(1);
      expect(server.calls).toHaveLength(made);
      expect(server.armed).toBe(0);
    },
  );

  it.each([
    ['ends', 'stdio:ci-logs'],
    ['answers another request', 'stdio:ci-odd'],
  ])('at a program that %s is unknown, and a matter for people', async (words, server) => {
    const agent = `p-${words.replaceAll(' ', '-')}`;
    await loop.operator.apply(mcpAgent(agent, [{ ...CI_LOGS, server, timeout: '1s' }]));
    const { run, approval } = await heldCall(loop, agent, rerun);
    await loop.priya.approve(approval);
    expect(told(await settled(loop, run))).toBe('unknown');
    expect((await loop.operator.approval(approval.id)).action).toMatchObject({ state: 'needs_human' });

    // The program is started again for the next one.
    const { id } = await loop.operator.start(agent, task({ name: 'ci_tail', arguments: { lines: 1 } }));
    expect((await loop.operator.ended(id)).answer).toContain('lines');
  });
});

describe('A read', () => {
  it.each([
    ['says that it failed', mcpFaults.isError('No index'), /No index/],
    ['answers another request', mcpFaults.wrongId(), /not asked/],
    ['never answers', mcpFaults.silence(), /in time|took too long/],
  ])('at a server that %s is told to the model, and the run goes on', async (words, fault, says) => {
    const server = await bench.serve();
    const agent = `r-${words.replaceAll(' ', '-')}`;
    await loop.operator.apply(mcpAgent(agent, [ticketsAt(server, { timeout: '1s' })]));
    server.arm({ method: 'tools/call', fault });
    const { id } = await loop.operator.start(agent, task(search, search));
    const run = await loop.operator.ended(id);
    expect(run).toMatchObject({ status: 'completed', steps: 3 });
    expect(run.answer).toMatch(says);
    expect(run.answer).toContain('3 tickets about login');
    expect(JSON.stringify(bench.outside.openai.ledger.requests.at(-1)?.messages)).toMatch(says);
  });
});

describe('A server that is down', () => {
  it('is a warning at apply, and hides no tool of another server', async () => {
    const [down, up] = [await bench.serve(), await bench.serve()];
    const file = mcpAgent('half', [ticketsAt(down), { ...ticketsAt(up), name: 'spare' }, CI_LOGS, GITHUB]);
    await down.close();
    const files = [{ file: 'half.yaml', text: file }];
    const plan = await loop.operator.call(routes['agents.apply'], { body: { files } });
    expect(plan).toMatchObject({ applied: true });
    expect(plan.problems).toMatchObject([
      { severity: 'warning', code: 'mcp_unreachable', path: 'spec.tools[0].server' },
    ]);
    const { permissions } = await loop.operator.call(routes['agents.get'], { params: { name: 'half' } });
    expect(permissions.filter(({ gate }) => gate === 'missing').map(({ permission }) => permission)).toEqual([
      'tickets.search',
      'tickets.create_ticket',
    ]);

    const spare = { ...search, name: 'spare_search' };
    const issue = { name: 'github_issues_read', arguments: { repo: 'acme/shop', number: 1 } };
    const { id } = await loop.operator.start('half', task(search, spare, issue));
    const run = await loop.operator.ended(id);
    expect(run).toMatchObject({ status: 'completed' });
    expect(run.answer).toContain('unknown_tool');
    expect(run.answer).toContain('3 tickets about login');
    expect(run.answer).toContain('An older issue');
  });

  it('keeps what was pinned of it, and its tools say why they cannot be used', async () => {
    const server = await bench.serve();
    const file = mcpAgent('later', [ticketsAt(server), GITHUB]);
    await loop.operator.apply(file);
    const { run, approval } = await heldCall(loop, 'later', create);
    await server.close();

    const files = [{ file: 'later.yaml', text: file }];
    const plan = await loop.operator.call(routes['agents.apply'], { body: { files } });
    expect(plan).toMatchObject({ applied: true, agents: [{ change: 'unchanged', revision_after: 1 }] });
    expect(plan.problems).toMatchObject([{ code: 'mcp_unreachable', severity: 'warning' }]);
    const { permissions } = await loop.operator.call(routes['agents.get'], { params: { name: 'later' } });
    expect(permissions).toContainEqual({ permission: 'tickets.search', effect: 'read', gate: 'allow' });

    const issue = { name: 'github_issues_read', arguments: { repo: 'acme/shop', number: 1 } };
    const { id } = await loop.operator.start('later', task(search, issue));
    const ended = await loop.operator.ended(id);
    expect(ended.answer).toContain('refuses the connection');
    expect(ended.answer).toContain('An older issue');

    // What is approved waits for the server, and is then sent once.
    const { pool } = loop.serving.system.database;
    const column = async (name: string) => {
      const { rows } = await pool.query<{ found: unknown }>(
        `select to_jsonb(a) -> $1 as found from actions a where id = $2`,
        [name, approval.action.id],
      );
      return rows[0]?.found;
    };
    await loop.priya.approve(approval);
    await until('the send to be put off', () => column('not_before'));
    expect((await loop.operator.approval(approval.id)).action).toMatchObject({ state: 'ready' });
    await server.listen({ port: Number(new URL(server.url).port) });
    await pool.query(`update actions set not_before = null where id = $1`, [approval.action.id]);
    loop.serving.system.workers.sweep();
    expect((await settled(loop, run)).answer).toContain('made T-7 Login fails');
    expect(server.calls).toHaveLength(1);
  });
});

describe('A restart of the runtime', () => {
  it('between pin and call changes nothing, also for what is held', async () => {
    const place = await freshPlace();
    const server = await bench.serve();
    const before = await bench.open(place);
    await before.operator.apply(mcpAgent('desk', [ticketsAt(server), CI_LOGS]));
    const { run, approval } = await heldCall(before, 'desk', create);
    await before.close();

    server.forgetSessions();
    const after = await bench.open(place);
    try {
      await after.priya.approve(approval);
      expect((await after.operator.ended(run)).answer).toContain('made T-7 Login fails');
      const tail = { name: 'ci_tail', arguments: { lines: 2 } };
      const { id } = await after.operator.start('desk', task(search, tail));
      expect(await after.operator.ended(id)).toMatchObject({
        status: 'completed',
        approvals: [],
        answer: expect.stringContaining('3 tickets about login'),
      });
      expect(callsAt(server).map(({ tool }) => tool)).toEqual(['create_ticket', 'search']);
    } finally {
      await after.close();
      await place.remove();
    }
  });

  it('of a server is not noticed', async () => {
    const server = await bench.serve({ era: 'legacy' });
    await loop.operator.apply(mcpAgent('patient', [ticketsAt(server)]));
    const { run, approval } = await heldCall(loop, 'patient', create);
    server.forgetSessions();
    await loop.priya.approve(approval);
    expect((await settled(loop, run)).answer).toContain('made T-7 Login fails');
    expect(server.calls).toHaveLength(1);
  });
});
