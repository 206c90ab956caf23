import { agentJsonSchema, effectiveYaml, parseAgents, problemsAcrossFiles } from '@openloop/agent-spec';
import { apply, type ApplyRequest, type RegisteredAgent } from '@openloop/agents';
import { routes, type OutputOf } from '@openloop/api-contract';
import { actorOf, AppError } from '@openloop/kernel';
import { Controller, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';

import type { Reads, System } from '../compose.js';
import { absentProblems } from '../views/absences.js';
import {
  agentSummary,
  agentView,
  documentWithPins,
  planEntry,
  planView,
  revisionSummary,
} from '../views/agent-view.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';
import { onePage } from './pages.js';
import { SYSTEM } from './system-token.js';

const {
  'agents.list': list,
  'agents.get': get,
  'agents.revisions': revisions,
  'agents.revision': revision,
  'agents.export': exported,
  'agents.apply': applied,
  'agents.validate': validate,
  'agents.diff': diff,
  'agents.schema': schema,
} = routes;

@Controller()
export class AgentsController {
  constructor(@Inject(SYSTEM) private readonly system: System) {}

  #applyOptions() {
    return { ...this.system.parseOptions, directories: [...this.system.surfaces.values()] };
  }

  @Endpoint(list)
  async list(@Call() { caller }: CallTo<typeof list>): Promise<OutputOf<typeof list>> {
    const reads = this.system.reads(caller.workspaceId);
    const agents = await reads.agents.list();
    return onePage(await Promise.all(agents.map((agent) => agentSummary(agent, reads))));
  }

  @Endpoint(schema)
  schema(): OutputOf<typeof schema> {
    return agentJsonSchema();
  }

  @Endpoint(get)
  async get(@Call() { params, caller }: CallTo<typeof get>): Promise<OutputOf<typeof get>> {
    const reads = this.system.reads(caller.workspaceId);
    return agentView(await agentNamed(reads, params.name), reads, this.system);
  }

  @Endpoint(revisions)
  async revisions(@Call() { params, caller }: CallTo<typeof revisions>): Promise<OutputOf<typeof revisions>> {
    const reads = this.system.reads(caller.workspaceId);
    const { id } = await agentNamed(reads, params.name);
    return onePage((await reads.agents.revisions(id)).map(revisionSummary));
  }

  @Endpoint(revision)
  async revision(@Call() { params, caller }: CallTo<typeof revision>): Promise<OutputOf<typeof revision>> {
    const reads = this.system.reads(caller.workspaceId);
    const { id } = await agentNamed(reads, params.name);
    const found = await reads.agents.revision(id, params.revision);
    if (!found)
      throw new AppError(
        'not_found',
        'agents.no_revision',
        `${params.name} has no revision ${params.revision}`,
      );
    return { ...revisionSummary(found), effective: effectiveYaml(found.agent) };
  }

  @Endpoint(exported)
  async export(
    @Call() { params, caller }: CallTo<typeof exported>,
    @Res() response: Response,
  ): Promise<void> {
    const { current } = await agentNamed(this.system.reads(caller.workspaceId), params.name);
    response.type(exported.mediaType).send(effectiveYaml(current.agent));
  }

  @Endpoint(applied)
  async apply(@Call() { body, caller }: CallTo<typeof applied>): Promise<OutputOf<typeof applied>> {
    const request: ApplyRequest = {
      files: body.files,
      isDryRun: body.dry_run,
      message: body.message ?? null,
      expected: body.expect ?? {},
      by: actorOf(caller.principal),
    };
    const result = await apply(this.system.transact, caller.workspaceId, request, this.#applyOptions());
    const absent = absentProblems(body.files, this.system);
    return planView(result, absent, this.system.reads(caller.workspaceId));
  }

  @Endpoint(validate)
  validate(@Call() { body }: CallTo<typeof validate>): OutputOf<typeof validate> {
    const parsed = body.files.map(({ file, text }) => parseAgents(text, file, this.system.parseOptions));
    const across = problemsAcrossFiles(parsed.flatMap(({ documents }) => documents));
    const problems = [...parsed.flatMap((each) => each.problems), ...across];
    return { problems: problems.map((problem) => ({ ...problem })) };
  }

  @Endpoint(diff)
  async diff(@Call() { body, caller }: CallTo<typeof diff>): Promise<OutputOf<typeof diff>> {
    const request = {
      files: body.files,
      isDryRun: true,
      message: null,
      expected: {},
      by: actorOf(caller.principal),
    };
    const result = await apply(this.system.transact, caller.workspaceId, request, this.#applyOptions());
    const absent = absentProblems(body.files, this.system);
    const plan = await planView(result, absent, this.system.reads(caller.workspaceId));
    const agents = result.agents.map((entry) => ({
      ...planEntry(entry),
      before: entry.before ? documentWithPins(entry.before, entry.pinsBefore) : '',
      after: documentWithPins(entry.after, entry.pinsAfter),
    }));
    return { ...plan, agents };
  }
}

/** @throws AppError `not_found` / `agents.not_found` naming what there is */
export async function agentNamed(reads: Reads, name: string): Promise<RegisteredAgent> {
  const found = await reads.agents.findByName(name);
  if (found) return found;
  const names = (await reads.agents.list()).map(({ current }) => current.agent.name);
  throw new AppError('not_found', 'agents.not_found', `There is no agent ${name}`, {
    hint: names.length > 0 ? `There are: ${names.join(', ')}` : 'Apply one with `openloop apply -f FILE`',
  });
}

/** @throws AppError `blocked` / `agents.paused` */
export function refusePaused({ state, current }: RegisteredAgent): void {
  if (state !== 'paused') return;
  throw new AppError('blocked', 'agents.paused', `${current.agent.name} is paused`, {
    hint: 'An admin can resume it',
  });
}
