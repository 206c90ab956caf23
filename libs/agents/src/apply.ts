import {
  agentDigest,
  authorityDigest,
  parseAgents,
  planChange,
  problemsAcrossFiles,
  type Agent,
  type AgentDocument,
  type ParseOptions,
  type Plan,
  type Problem,
} from '@openloop/agent-spec';
import { AppError, newId, type Actor, type AgentId, type Transact, type WorkspaceId } from '@openloop/kernel';

import type { AgentStores, Pin, RegisteredAgent } from './agent-store.js';
import { approversIn, keepApprovers, lookUpApprovers, type Directory } from './approvers.js';
import { nextPins, pinAll, withPins, type Pinned } from './pins.js';

export interface ApplyRequest {
  files: readonly { file: string; text: string }[];
  isDryRun: boolean;
  message: string | null;
  /** The revisions the caller's plan was made against; a different one is a conflict. */
  expected: Readonly<Record<string, number>>;
  by: Actor;
}

export interface AppliedAgent extends Plan {
  name: string;
  workspace: string;
  /** 0 when there was none. */
  revisionBefore: number;
  revisionAfter: number;
  before: Agent | null;
  after: Agent;
  pinsBefore: readonly Pin[];
  pinsAfter: readonly Pin[];
}

export interface ApplyResult {
  /** False for a dry run, and when any file has an error: then nothing was changed at all. */
  isApplied: boolean;
  problems: readonly Problem[];
  agents: readonly AppliedAgent[];
}

/** How files are read, and the connected products that know who a handle is. */
export interface ApplyOptions extends ParseOptions {
  directories?: readonly Directory[];
  /**
   * Nobody looks at the plan: a pinned tool stays as it was, and what its server says now is a warning, as is an
   * approver nobody knows.
   */
  isUnattended?: boolean;
  /** Asks the servers of an agent's outside tools what they are now. */
  pin?: (agent: Agent) => Promise<Pinned>;
}

/**
 * Applies many files as one: all of them, or none when anything is wrong. Applying what is there already changes
 * nothing and says `unchanged`; a change makes the next revision, which never changes afterwards.
 * @throws AppError `conflict` / `agents.changed` when an expected revision is no longer the current one
 */
export async function apply(
  transact: Transact<AgentStores>,
  workspace: WorkspaceId,
  request: ApplyRequest,
  { directories = [], isUnattended = false, pin, ...options }: ApplyOptions,
): Promise<ApplyResult> {
  const parsed = request.files.map(({ file, text }) => parseAgents(text, file, options));
  const documents = parsed.flatMap((each) => each.documents);
  const problems = [...parsed.flatMap((each) => each.problems), ...problemsAcrossFiles(documents)];
  const pinned = await pinAll(documents, { pin, isUnattended });
  const people = await lookUpApprovers(transact, workspace, documents, {
    directories,
    isCertain: !isUnattended,
  });

  return transact(workspace, async (stores) => {
    await stores.agents.lockForApply();
    const found = [...problems, ...pinned.problems, ...(await approversIn(stores, documents, people))];
    const isSound = found.every(({ severity }) => severity !== 'error');
    const isApplied = isSound && !request.isDryRun;
    if (isApplied) await keepApprovers(stores, people, request.by);
    const agents: AppliedAgent[] = [];
    const changed: Problem[] = [];
    for (const document of documents) {
      const before = await stores.agents.findByName(document.agent.name);
      const { pins, warnings } = nextPins(document, pinned, { before: before?.current, isUnattended });
      changed.push(...warnings);
      const applied = planned(document, before, { expected: request.expected, pins });
      if (isApplied && applied.kind !== 'unchanged')
        await write(stores, document, { before, applied, request, pins });
      agents.push(applied);
    }
    return { isApplied, problems: [...found, ...changed], agents };
  });
}

function planned(
  { agent }: AgentDocument,
  registered: RegisteredAgent | null,
  { expected, pins }: { expected: ApplyRequest['expected']; pins: readonly Pin[] },
): AppliedAgent {
  const before = registered?.current.agent ?? null;
  const revisionBefore = registered?.current.revision ?? 0;
  refuseChanged(agent.name, revisionBefore, expected[agent.name]);
  const pinsBefore = registered?.current.pins ?? [];
  const plan = withPins(planChange(before, agent), pinsBefore, pins);
  const revisionAfter = plan.kind === 'unchanged' ? revisionBefore : revisionBefore + 1;
  const { name, workspace } = agent;
  const revisions = { revisionBefore, revisionAfter, before, after: agent };
  return { ...plan, name, workspace, ...revisions, pinsBefore, pinsAfter: pins };
}

function refuseChanged(name: string, revision: number, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return;
  throw new AppError('conflict', 'agents.changed', `${name} is at revision ${revision}, not ${expected}`, {
    hint: 'Look at the new revision and run the command again',
  });
}

interface Writing {
  before: RegisteredAgent | null;
  applied: AppliedAgent;
  request: ApplyRequest;
  pins: readonly Pin[];
}

async function write(
  stores: AgentStores,
  { agent }: AgentDocument,
  { before, applied, request, pins }: Writing,
): Promise<void> {
  const agentId: AgentId = before?.id ?? newId('agt');
  const revision = {
    agentId,
    revision: applied.revisionAfter,
    digest: agentDigest(agent),
    authorityDigest: authorityDigest(agent),
    agent,
    pins,
    message: request.message,
    appliedBy: request.by,
  };
  if (before) await stores.agents.addRevision(revision);
  else await stores.agents.create(agentId, agent.name, revision);
  const { revision: number, digest } = revision;
  stores.audit.append({
    name: 'agent.applied',
    actor: request.by,
    facts: { agentId, agent: agent.name, revision: number, digest, widens: applied.widens },
  });
}
