import { routes, type EventView, type OutputOf } from '@openloop/api-contract';
import { AppError, randomChars, type RunId } from '@openloop/kernel';
import { cancelRun, type RunRecord } from '@openloop/runs';
import { receive } from '@openloop/sessions';
import { Controller, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';

import type { Reads, System } from '../compose.js';
import { runView, stepView } from '../views/run-view.js';
import { agentNamed, refusePaused } from './agents.controller.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';
import { closedSignal, sendEvents } from './event-stream.js';
import { pageOf } from './pages.js';
import { SYSTEM } from './system-token.js';

const {
  'runs.start': start,
  'runs.list': list,
  'runs.get': get,
  'runs.steps': steps,
  'runs.messages': messages,
  'runs.cancel': cancel,
  'runs.events': events,
  'events.stream': stream,
} = routes;

const THREAD_CHARS = 16;
/** The highest number that a message can have. */
const LAST_MESSAGE = 2_147_483_647;
const ENDS = new Set(['run.completed', 'run.failed', 'run.cancelled']);

@Controller()
export class RunsController {
  constructor(@Inject(SYSTEM) private readonly system: System) {}

  @Endpoint(start)
  async start(
    @Call() { body, caller, idempotencyKey }: CallTo<typeof start>,
  ): Promise<OutputOf<typeof start>> {
    const { workspaceId, principal } = caller;
    const reads = this.system.reads(workspaceId);
    const registered = await agentNamed(reads, body.agent);
    const { id: agentId, current } = registered;
    refusePaused(registered);
    const event = {
      key: `${principal.id}:${idempotencyKey ?? randomChars(THREAD_CHARS)}`,
      thread: {
        surface: body.surface,
        channel: null,
        key: body.thread ?? `thread-${randomChars(THREAD_CHARS)}`,
      },
      authorId: principal.id,
      text: body.input,
      labels: body.labels ?? {},
    };
    const { revision, agent } = current;
    const addressee = { workspaceId, agentId, revision, limits: agent.limits };
    const received = await receive(this.system.transact, addressee, event, principal);
    if (received.kind === 'refused') {
      throw new AppError('blocked', 'rate_limited', `🚦 Throughput guard: ${received.reason}`, {
        hint: 'Try again shortly',
      });
    }
    const record = await runOf(reads, received.runId);
    if (!received.isNew && (record.input !== body.input || record.agent !== body.agent)) {
      throw new AppError('blocked', 'idempotency_key_reused', 'This Idempotency-Key started another run', {
        hint: 'Use a new key for a new request',
      });
    }
    return runView(record);
  }

  @Endpoint(list)
  async list(@Call() { query, caller }: CallTo<typeof list>): Promise<OutputOf<typeof list>> {
    const reads = this.system.reads(caller.workspaceId);
    const filter = {
      ...(query.agent && { agentId: (await agentNamed(reads, query.agent)).id }),
      ...(query.status && { states: query.status }),
    };
    return pageOf(query, (page) => reads.runs.list(filter, page), {
      idOf: ({ run }) => run.id,
      view: runView,
    });
  }

  @Endpoint(get)
  async get(@Call() { params, caller }: CallTo<typeof get>): Promise<OutputOf<typeof get>> {
    return runView(await runOf(this.system.reads(caller.workspaceId), params.id));
  }

  @Endpoint(steps)
  async steps(@Call() { params, caller }: CallTo<typeof steps>): Promise<OutputOf<typeof steps>> {
    const reads = this.system.reads(caller.workspaceId);
    const record = await runOf(reads, params.id);
    const [written, approvals] = await Promise.all([
      reads.runs.steps(record.run.id),
      reads.approvals.list({ runId: record.run.id }, { limit: 200 }),
    ]);
    const around = {
      simulated: record.run.simulated,
      actions: new Map(written.actions.map((action) => [action.id, action])),
      approvalOf: new Map(approvals.map(({ approval }) => [approval.actionId, approval.id])),
    };
    return { run: runView(record), steps: written.steps.map((step) => stepView(step, around)) };
  }

  @Endpoint(messages)
  async messages(@Call() { params, caller }: CallTo<typeof messages>): Promise<OutputOf<typeof messages>> {
    const reads = this.system.reads(caller.workspaceId);
    const { run, agent } = await runOf(reads, params.id);
    const said = await reads.sessions.transcript(run.sessionId, LAST_MESSAGE);
    const data = await Promise.all(
      said.map(async ({ seq, role, authorId, text, runId, createdAt }) => ({
        seq,
        role: role === 'user' ? ('user' as const) : ('agent' as const),
        author: authorId ? ((await reads.people.find(authorId))?.handle ?? null) : agent,
        text,
        run: runId,
        at: createdAt.toISOString(),
      })),
    );
    return { data };
  }

  @Endpoint(cancel)
  async cancel(@Call() { params, caller }: CallTo<typeof cancel>): Promise<OutputOf<typeof cancel>> {
    const reads = this.system.reads(caller.workspaceId);
    const { run } = await runOf(reads, params.id);
    await cancelRun(this.system.transact, caller.workspaceId, run.id, caller.principal);
    return runView(await runOf(reads, run.id));
  }

  @Endpoint(events)
  async events(
    @Call() { params, caller, lastEventId }: CallTo<typeof events>,
    @Res() response: Response,
  ): Promise<void> {
    const reads = this.system.reads(caller.workspaceId);
    const { run, finishedAt } = await runOf(reads, params.id);
    const filter = { runId: run.id, after: lastEventId ?? 0 };
    const [next] = finishedAt ? await reads.audit.list(filter, { limit: 1, order: 'asc' }) : [];
    if (finishedAt && !next) {
      response.status(204).end();
      return;
    }
    const entries = this.system.feed.follow(reads.audit, caller.workspaceId, {
      filter,
      signal: closedSignal(response),
    });
    await sendEvents(response, { entries, wants: () => true, isLast: ({ name }) => ENDS.has(name) });
  }

  @Endpoint(stream)
  async stream(
    @Call() { query, caller, lastEventId }: CallTo<typeof stream>,
    @Res() response: Response,
  ): Promise<void> {
    const { audit } = this.system.reads(caller.workspaceId);
    const filter = { after: lastEventId ?? (await audit.head()).seq };
    const entries = this.system.feed.follow(audit, caller.workspaceId, {
      filter,
      signal: closedSignal(response),
    });
    await sendEvents(response, {
      entries,
      wants: ({ name }) => isWanted(name, query.types),
      isLast: () => false,
    });
  }
}

function isWanted(name: EventView['name'], types: readonly string[] | undefined): boolean {
  return (
    !types || types.some((type) => (type.endsWith('.*') ? name.startsWith(type.slice(0, -1)) : name === type))
  );
}

async function runOf(reads: Reads, id: string): Promise<RunRecord> {
  const found = await reads.runs.find(id as RunId); // any text may be asked for; what is not an id is not found
  if (!found) {
    throw new AppError('not_found', 'runs.not_found', `There is no run ${id}`, {
      hint: 'List runs with `openloop runs list`',
    });
  }
  return found;
}
