import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { ApiClient, ApiError, routes, type ApprovalView, type RunView } from '@openloop/api-contract';
import { messageOf, Secret } from '@openloop/kernel';

import { loadConfig } from './config.js';
import { devKey } from './dev-file.js';
import { logger, serve } from './serve.js';

const AGENTS = fileURLToPath(new URL('../../../agents', import.meta.url));
const ASK = 'open an issue about the flaky ingest test';
const LONGEST_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** The main job, performed over HTTP on a fresh embedded system. Every step is checked where it can be seen. */
async function demo(folder: string): Promise<void> {
  const key = await devKey(folder);
  const config = loadConfig({ OPENLOOP_DATA: folder, AGENTS_DIR: AGENTS, PORT: '0' });
  const serving = await serve(config, { adminKey: key }, logger('error'));
  say(`OpenLoop is running at ${serving.url}, with its data in ${folder} until the end`);
  try {
    const operator = clientOf(serving.url, key);
    const stranger = await strangerOf(operator, serving.url);
    const run = await askAndHold(operator);
    const approval = await theApproval(operator, run);
    await refuseStranger(stranger, approval);
    await expectNothingWritten(folder);
    await approve(operator, approval);
    const done = await until(() => operator.call(routes['runs.get'], { params: { id: run.id } }), isOver);
    check(done.status === 'completed', `The run is completed, but it is ${done.status}`);
    say(`demo      ${done.answer}`);
    await showEffect(folder);
    await showUsage(operator);
    await showAudit(operator);
    say('\nEvery step happened. Try it yourself: npm start');
  } finally {
    await serving.close();
  }
}

async function askAndHold(client: ApiClient): Promise<RunView> {
  say(`\nyou       @demo ${ASK}`);
  const started = await client.call(routes['runs.start'], { body: { agent: 'demo', input: ASK } });
  const run = await until(
    () => client.call(routes['runs.get'], { params: { id: started.id } }),
    (now) => now.status === 'waiting' || isOver(now),
  );
  check(
    run.status === 'waiting' && run.approvals.length === 1,
    `One write is held, but the run is ${run.status}`,
  );
  return run;
}

async function theApproval(client: ApiClient, run: RunView): Promise<ApprovalView> {
  const approval = await client.call(routes['approvals.get'], { params: { id: run.approvals[0] ?? '' } });
  check(approval.status === 'held' && approval.action.state === 'held', 'The write is held');
  say(`demo      ${approval.card.headline}`);
  for (const { label, value } of approval.card.args) say(`            ${label.padEnd(12)} ${value}`);
  say(`            ${approval.card.footer}`);
  return approval;
}

async function strangerOf(operator: ApiClient, url: string): Promise<ApiClient> {
  const scopes = ['approvals:read' as const, 'approvals:decide' as const];
  const { key } = await operator.call(routes['keys.create'], {
    body: { name: 'a colleague', for: '@sam', scopes },
  });
  return clientOf(url, new Secret(key));
}

async function refuseStranger(stranger: ApiClient, approval: ApprovalView): Promise<void> {
  const body = { digest: approval.digest };
  const refusal = await stranger
    .call(routes['approvals.approve'], { params: { id: approval.id }, body })
    .then(
      () => null,
      (error: unknown) => error,
    );
  check(
    refusal instanceof ApiError && refusal.problem.code === 'not_an_approver',
    'Somebody who is not an approver is refused',
  );
  say(`\nsam       tries to approve → ${messageOf(refusal)}`);
}

async function expectNothingWritten(folder: string): Promise<void> {
  check((await issueFiles(folder)).length === 0, 'Nothing is written before the approval');
}

async function approve(client: ApiClient, { id, digest }: ApprovalView): Promise<void> {
  await client.call(routes['approvals.approve'], { params: { id }, body: { digest: digest.slice(0, 10) } });
  const after = await until(
    () => client.call(routes['approvals.get'], { params: { id } }),
    ({ action }) => action.state !== 'ready' && action.state !== 'started',
  );
  check(after.action.state === 'done', `The approved write is done, but it is ${after.action.state}`);
  say(`operator  approves → ${after.card.headline}`);
}

async function showEffect(folder: string): Promise<void> {
  const [file, other] = await issueFiles(folder);
  check(file !== undefined && other === undefined, 'The write happened exactly once');
  say(`\n$ cat ${join('demo', 'issues', file ?? '')}`);
  say((await readFile(join(folder, 'demo', 'issues', file ?? ''), 'utf8')).trimEnd());
}

async function showUsage(client: ApiClient): Promise<void> {
  const { lines } = await client.call(routes['usage.report'], {});
  check(
    lines.length === 1 && lines[0]?.simulated === true && lines[0].input_tokens > 0,
    'The spend is recorded, as simulated',
  );
  say('\n$ openloop usage');
  for (const line of lines) {
    say(
      `${line.group.agent}  ${line.group.model}  ${line.runs} run  ${line.input_tokens} in  ${line.output_tokens} out  $${line.cost_usd} simulated`,
    );
  }
}

async function showAudit(client: ApiClient): Promise<void> {
  const { data } = await client.call(routes['audit.list'], { query: { order: 'asc', limit: 200 } });
  const names = data.map(({ name }) => name);
  for (const name of [
    'approval.requested',
    'approval.refused',
    'approval.decided',
    'action.done',
    'run.completed',
  ]) {
    check(names.includes(name), `The audit trail has ${name}`);
  }
  const verdict = await client.call(routes['audit.verify'], {});
  check(verdict.ok, 'The audit chain is intact');
  say(
    `\n$ openloop audit verify\n✓ ${verdict.checked} entries, seq ${verdict.from}…${verdict.to}, chain intact`,
  );
}

async function issueFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'demo', 'issues')).catch(() => []);
  return names.filter((name) => name.endsWith('.md'));
}

async function until<T>(read: () => Promise<T>, isEnough: (value: T) => boolean): Promise<T> {
  const end = Date.now() + LONGEST_MS;
  for (;;) {
    const value = await read();
    if (isEnough(value) || Date.now() > end) return value;
    await pause(LOOK_EVERY_MS);
  }
}

function isOver({ status }: RunView): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

function clientOf(server: string, token: Secret): ApiClient {
  return new ApiClient({ server, token });
}

function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(`Not so: ${claim}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const folder = await mkdtemp(join(tmpdir(), 'openloop-demo-'));
try {
  await demo(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
} catch (error) {
  process.stderr.write(`\n✗ ${messageOf(error)}\n  What it left is in ${folder}\n`);
  process.exit(1);
}
