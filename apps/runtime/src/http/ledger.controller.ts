import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { routes, type AuditVerdict, type OutputOf } from '@openloop/api-contract';
import { usdFromMicros, type RunId } from '@openloop/kernel';
import {
  ChainVerifier,
  type AuditEntry,
  type AuditFilter,
  type AuditReader,
  type ChainVerdict,
} from '@openloop/ledger';
import { Controller, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';

import type { System } from '../compose.js';
import { budgetView } from '../views/agent-view.js';
import { auditView } from '../views/audit-view.js';
import { agentNamed } from './agents.controller.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';
import { SYSTEM } from './system-token.js';

const {
  'usage.report': usage,
  'audit.list': list,
  'audit.verify': verify,
  'audit.export': exported,
} = routes;

const BATCH = 1_000;

@Controller()
export class LedgerController {
  constructor(@Inject(SYSTEM) private readonly system: System) {}

  @Endpoint(usage)
  async usage(@Call() { query, caller }: CallTo<typeof usage>): Promise<OutputOf<typeof usage>> {
    const reads = this.system.reads(caller.workspaceId);
    const agents = query.agent ? [await agentNamed(reads, query.agent)] : await reads.agents.list();
    const since = query.since ?? (await reads.usage.monthStart());
    const period = {
      since,
      ...(query.until && { until: query.until }),
      ...(query.agent && agents[0] && { agentId: agents[0].id }),
    };
    const lines = await reads.usage.report(query.group_by, period);
    return {
      since: since.toISOString(),
      until: (query.until ?? new Date()).toISOString(),
      currency: 'USD',
      lines: lines.map((line) => ({
        group: line.group,
        simulated: line.simulated,
        runs: line.runs,
        input_tokens: line.inputTokens,
        output_tokens: line.outputTokens,
        cost_usd: usdFromMicros(line.costMicros),
        unpriced_calls: line.unpricedCalls,
      })),
      budgets: await Promise.all(agents.map(({ current }) => budgetView(current, reads))),
      prices_as_of: this.system.prices.asOf,
    };
  }

  @Endpoint(list)
  async list(@Call() { query, caller }: CallTo<typeof list>): Promise<OutputOf<typeof list>> {
    const { audit } = this.system.reads(caller.workspaceId);
    const { limit, order } = query;
    const entries = await audit.list(filterOf(query), { limit: limit + 1, order });
    return { data: entries.slice(0, limit).map(auditView), has_more: entries.length > limit };
  }

  @Endpoint(verify)
  async verify(@Call() { caller }: CallTo<typeof verify>): Promise<OutputOf<typeof verify>> {
    const { audit } = this.system.reads(caller.workspaceId);
    // The head is read first: what is appended meanwhile lies beyond it and is left for the next time.
    const head = await audit.head();
    const chain = new ChainVerifier();
    for await (const entry of inOrder(audit, { before: head.seq + 1 })) if (!chain.add(entry)) break;
    return verdictView(chain.verdict(head), head.hash);
  }

  @Endpoint(exported)
  async export(@Call() { query, caller }: CallTo<typeof exported>, @Res() response: Response): Promise<void> {
    const { audit } = this.system.reads(caller.workspaceId);
    const { seq } = await audit.head();
    response.type(exported.mediaType);
    response.setHeader('content-disposition', 'attachment; filename="audit.jsonl"');
    await pipeline(Readable.from(linesOf(inOrder(audit, { before: seq + 1, ...filterOf(query) }))), response);
  }
}

type Query = CallTo<typeof exported>['query'];

function filterOf({ after, before, since, until, name, actor, run }: Query): AuditFilter {
  return {
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
    ...(since && { since }),
    ...(until && { until }),
    ...(name && { name }),
    ...(actor && { actor }),
    ...(run && { runId: run as RunId }), // what is not an id finds nothing
  };
}

async function* inOrder(audit: AuditReader, filter: AuditFilter): AsyncGenerator<AuditEntry> {
  let after = filter.after ?? 0;
  for (;;) {
    const entries = await audit.list({ ...filter, after }, { limit: BATCH, order: 'asc' });
    yield* entries;
    const last = entries.at(-1);
    if (!last || entries.length < BATCH) return;
    after = last.seq;
  }
}

async function* linesOf(entries: AsyncIterable<AuditEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}

function verdictView(verdict: ChainVerdict, head: string): AuditVerdict {
  if (verdict.ok) return verdict;
  const { checked, brokenAt, at, why, expected, found } = verdict;
  return {
    ok: false,
    checked,
    from: checked > 0 ? 1 : 0,
    to: checked,
    head,
    break: { seq: brokenAt, at, why, expected, found },
  };
}
