import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApprovalView, EventView, RunView } from '@openloop/api-contract';
import {
  exampleAgent,
  exampleApproval,
  exampleAuditEntry,
  exampleRun,
  type Answers,
} from '@openloop/api-contract/testing';
import { AppError } from '@openloop/kernel';

import { runCli, startCli } from '../testing/run-cli.js';
import { page, Stage } from '../testing/servers.js';

const stage = new Stage();

afterEach(() => stage.clear());

describe('chat', () => {
  it('asks about a held action, approves exactly what it showed, and prints what became of it and the answer', async () => {
    const { env, server } = await talking();
    const cli = startCli(['chat'], { env, isTerminal: true });
    await cli.sees('you> ');
    cli.type('open an issue\n');
    await cli.sees('[a]pprove [d]eny [v]iew');
    cli.type('a\n');
    await cli.sees('I opened demo/ingestion#1.');
    cli.type('\n');

    const { exitCode, stdout, stderr } = await cli.result;

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'I opened demo/ingestion#1.\n' });
    expect(stderr).toContain(
      '⏳ Approval required: Create issue “Flaky test: ingest.spec” in demo/ingestion',
    );
    expect(stderr).toContain('✅ Approved, running…');
    expect(stderr).toContain('✅ Done: created demo/ingestion#1');
    expect(stderr).toContain('$0.0031 simulated');
    expect(server.callsOf('approvals.approve')).toEqual([
      { params: { id: exampleApproval().id }, query: {}, body: { digest: exampleApproval().digest } },
    ]);
  });

  it('denies with a reason, which the agent gets; nothing is approved by a slip of the fingers', async () => {
    const { env, server } = await talking();
    const cli = startCli(['chat', 'demo'], { env, isTerminal: true });
    cli.type('open an issue\n');
    await cli.sees('[a]pprove');
    for (const [asked, slip] of ['y', '', 'aa', 'v'].entries()) {
      await cli.sees('[v]iew: ', asked + 1);
      cli.type(`${slip}\n`);
    }
    await cli.sees(`whole digest ${exampleApproval().digest}`);
    await cli.sees('[v]iew: ', 5);
    cli.type('d\n');
    await cli.sees('Reason');
    cli.type('duplicate of #471\n');
    await cli.sees('Then I will not.');
    cli.type('\n');

    const { exitCode, stderr } = await cli.result;

    expect(exitCode).toBe(0);
    expect(stderr.match(/Understood: a to approve, d to deny, v to view/g)).toHaveLength(3);
    expect(stderr.match(/🚫 Denied by @operator \(“duplicate of #471”\)/g)).toHaveLength(1);
    expect(stderr).toContain('nothing was changed');
    expect(server.callsOf('approvals.deny')[0]?.body).toEqual({ reason: 'duplicate of #471' });
    expect(server.callsOf('approvals.approve')).toEqual([]);
  });

  it('takes no answer that was typed before its card was seen, not even half of one', async () => {
    const { env, server } = await talking();
    const cli = startCli(['chat'], { env, isTerminal: true });
    cli.type('open an issue\na\na');
    await cli.sees('[v]iew: ');
    cli.type('\n');
    await cli.sees('Understood: a to approve');
    expect(server.callsOf('approvals.approve')).toEqual([]);
    await cli.sees('[v]iew: ', 2);
    cli.type('v\na\n');
    await cli.sees('[v]iew: ', 3);
    expect(server.callsOf('approvals.approve')).toEqual([]);
    cli.type('a\n');
    await cli.sees('I opened demo/ingestion#1.');
    cli.type('\n');

    expect((await cli.result).stderr).toContain('Ignored 1 line typed too early.');
    expect(server.callsOf('runs.start')).toHaveLength(1);
  });

  it('does not send the agent what was typed while somebody else was to decide', async () => {
    const { env, server, scene } = await talking({ approval: { approvers: ['@max'] } });
    const cli = startCli(['chat', 'demo'], { env, isTerminal: true });
    cli.type('open an issue\n');
    await cli.sees('Waiting for @max');
    cli.type('a\nand?\n');
    await cli.sees('and?');
    scene.decide('approved', '@max', null);
    await cli.sees('I opened demo/ingestion#1.');
    cli.type('\n');

    expect((await cli.result).stderr).toContain('Ignored 2 lines typed too early.');
    expect(server.callsOf('runs.start')).toHaveLength(1);
  });

  it('goes on in the same thread', async () => {
    const { env, server } = await talking({ needsApproval: false });
    const cli = startCli(['chat', 'demo'], { env, isTerminal: true });
    cli.type('one\ntwo\n\n');
    await cli.result;

    const bodies = server
      .callsOf('runs.start')
      .map(({ body }) => body as { thread: string; surface: string }); // as the contract has it
    expect(bodies).toHaveLength(2);
    expect(bodies[0]?.thread).toBe(bodies[1]?.thread);
    expect(bodies[0]?.surface).toBe('terminal');
  });

  it('shows the answer alone on stdout with --message', async () => {
    const { env } = await talking({ needsApproval: false });

    expect(await runCli(['chat', '--message', 'hi'], { env })).toMatchObject({
      exitCode: 0,
      stdout: 'I opened demo/ingestion#1.\n',
    });
  });

  it('without a terminal never approves: it shows the card, names the command, and ends with 8', async () => {
    const { env, server } = await talking();

    const { exitCode, stdout, stderr } = await runCli(['chat', '--message', 'open an issue'], {
      env,
      input: 'a\na\na\n',
    });

    expect({ exitCode, stdout }).toEqual({ exitCode: 8, stdout: '' });
    expect(stderr).toContain('Flaky test: ingest.spec');
    expect(stderr).toContain('openloop approvals approve apr_07Q2M9K8');
    expect(server.callsOf('approvals.approve')).toEqual([]);
  });

  it('leaves it undecided, and says so, when the input ends at the question', async () => {
    const { env, server } = await talking();
    const cli = startCli(['chat', '-m', 'open an issue'], { env, isTerminal: true });
    await cli.sees('[a]pprove');
    cli.end();

    expect(await cli.result).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining('Not decided; nothing was changed'),
    });
    expect(server.callsOf('approvals.approve')).toEqual([]);
  });

  it('withdraws the question when somebody decides elsewhere', async () => {
    const { env, scene } = await talking();
    const cli = startCli(['chat', 'demo', '-m', 'open an issue'], { env, isTerminal: true });
    await cli.sees('[a]pprove');
    scene.decide('approved', '@max', null);

    expect(await cli.result).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('approved by @max'),
    });
  });

  it('does not offer to approve what the caller may not decide, or cannot see whole', async () => {
    const others = await talking({ approval: { approvers: ['@max'] } });
    const waiting = startCli(['chat', 'demo', '-m', 'x'], { env: others.env, isTerminal: true });
    await waiting.sees('Waiting for @max');
    others.scene.decide('approved', '@max', null);
    expect((await waiting.result).stderr).not.toContain('[a]pprove');

    const hidden = await talking({ approval: { card: { ...exampleApproval().card, inspectable: false } } });
    const cli = startCli(['chat', 'demo', '-m', 'x'], { env: hidden.env, isTerminal: true });
    await cli.sees('[d]eny [v]iew');
    cli.type('a\n');
    await cli.sees('Understood: d to deny');
    await cli.sees('[v]iew: ', 2);
    cli.type('d\n\n');
    expect((await cli.result).stderr).not.toContain('[a]pprove');
    expect(hidden.server.callsOf('approvals.approve')).toEqual([]);
  });

  it('tells why an approval was refused and waits for who may', async () => {
    const { env, scene } = await talking({
      approve: () => {
        throw new AppError('conflict', 'digest_mismatch', 'The card you saw is not this action');
      },
    });
    const cli = startCli(['chat', 'demo', '-m', 'x'], { env, isTerminal: true });
    await cli.sees('[a]pprove');
    cli.type('a\n');
    await cli.sees('⛔ The card you saw is not this action');
    scene.decide('denied', '@max', null);

    expect(await cli.result).toMatchObject({ stdout: 'Then I will not.\n' });
  });

  it('stops the run at the first Ctrl-C', async () => {
    const { env, server } = await talking({ isEndless: true });
    const cli = startCli(['chat', 'demo', '-m', 'x'], { env, isTerminal: true });
    await server.heard('runs.events');
    cli.interrupt();

    expect(await cli.result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('⛔ Stopped.') });
    expect(server.callsOf('runs.cancel')).toHaveLength(1);
  });

  it('leaves with 130 at the second Ctrl-C, and at the first one when nothing runs', async () => {
    const stuck = await talking({ isEndless: true, isStuck: true });
    const running = startCli(['chat', 'demo', '-m', 'x'], { env: stuck.env, isTerminal: true });
    await stuck.server.heard('runs.events');
    running.interrupt();
    await stuck.server.heard('runs.cancel');
    running.interrupt();
    expect(await running.result).toMatchObject({ exitCode: 130 });

    const idle = startCli(['chat', 'demo'], { env: stuck.env, isTerminal: true });
    await idle.sees('you> ');
    idle.interrupt();
    expect(await idle.result).toMatchObject({ exitCode: 130 });
  });

  it('shows no escape sequences of an agent', async () => {
    const { env } = await talking({
      needsApproval: false,
      answer: '\u001B[2Jwiped\u001B]0;title\u0007 \u202Eevil',
    });

    expect((await runCli(['chat', '-m', 'x'], { env })).stdout).toBe('wiped \\u{202e}evil\n');
  });

  it('asks which agent when there are several', async () => {
    const { env } = await talking({ agents: ['a', 'b'] });

    expect(await runCli(['chat', '-m', 'x'], { env })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('openloop chat a | b'),
    });
  });
});

interface Script {
  needsApproval?: boolean;
  approval?: Partial<ApprovalView>;
  approve?: () => ApprovalView;
  answer?: string;
  agents?: string[];
  /** The run goes on until it is cancelled. */
  isEndless?: boolean;
  /** Cancelling does not help. */
  isStuck?: boolean;
}

async function talking(script: Script = {}) {
  const scene = new Scene(script);
  return { scene, ...(await stage.serve(scene.answers(script))) };
}

/** One agent that wants to open an issue, as a server would tell of it. */
class Scene {
  #run: RunView;
  #approval: ApprovalView;
  readonly #events: EventView[] = [];
  #wake: () => void = () => undefined;

  constructor({ needsApproval = true, approval = {}, answer, isEndless = false }: Script) {
    this.#approval = exampleApproval(approval);
    const open: Partial<RunView> = { answer: null, finished_at: null };
    const done: Partial<RunView> = answer === undefined ? {} : { answer };
    const held: Partial<RunView> = { ...open, status: 'waiting', approvals: [this.#approval.id] };
    this.#run = exampleRun(isEndless ? { ...open, status: 'running' } : needsApproval ? held : done);
  }

  answers({ approve, agents = ['demo'], isStuck = false }: Script): Answers {
    return {
      'me.get': () => ({
        id: 'usr_1',
        handle: '@operator',
        name: 'Operator',
        scopes: ['admin'],
        key: 'key_1',
      }),
      'agents.list': () => page(agents.map((name) => exampleAgent({ name }))),
      'runs.start': () => ({ ...this.#run, status: 'queued' }),
      'runs.get': () => this.#run,
      'runs.events': () => this.#follow(),
      'runs.cancel': () => (isStuck ? this.#run : this.#tell({ status: 'cancelled' })),
      'approvals.get': () => this.#approval,
      'approvals.approve': approve ?? (() => this.decide('approved', '@operator', null)),
      'approvals.deny': ({ body }) => this.decide('denied', '@operator', body.reason ?? null),
    };
  }

  /** The approval is decided; then the action is done and the run completes. */
  decide(verdict: 'approved' | 'denied', by: string, reason: string | null): ApprovalView {
    const decision = { verdict, by, via: 'web', at: '2026-11-20T14:05:12.000Z', reason };
    const decided: ApprovalView = { ...this.#approval, status: verdict, decision };
    const outcome = { summary: 'created demo/ingestion#1', reason: null, external_id: null, url: null };
    const action = { ...this.#approval.action, state: 'done' as const, outcome };
    this.#approval = verdict === 'approved' ? { ...decided, action } : decided;
    this.#tell({
      status: 'completed',
      approvals: [],
      answer: verdict === 'approved' ? 'I opened demo/ingestion#1.' : 'Then I will not.',
    });
    return decided;
  }

  #tell(changes: Partial<RunView>): RunView {
    this.#run = { ...this.#run, ...changes };
    this.#events.push(exampleAuditEntry({ seq: this.#events.length + 1, name: `run.${this.#run.status}` }));
    this.#wake();
    return this.#run;
  }

  async *#follow() {
    for (let next = 0; ; next += 1) {
      while (this.#events.length <= next) await new Promise<void>((resolve) => (this.#wake = resolve));
      const event = this.#events[next];
      if (event) yield { id: String(event.seq), event: event.name, data: event };
    }
  }
}
