import type { Meaning } from '@openloop/access';
import {
  approverProblems,
  problemAt,
  type AgentDocument,
  type ApproverMatch,
  type Problem,
} from '@openloop/agent-spec';
import {
  AppError,
  messageOf,
  type Actor,
  type Handle,
  type Transact,
  type WorkspaceId,
} from '@openloop/kernel';
import type { Found, Surface } from '@openloop/surfaces';

import type { AgentStores } from './agent-store.js';

/** A connected product that can say who a handle is. */
export type Directory = Pick<Surface, 'name' | 'find'>;

/** What the connected products say of the handles that nobody here holds yet. */
export interface LookedUp {
  surface: string | null;
  found: ReadonlyMap<Handle, Found>;
  /** Whether somebody nobody knows is an error. */
  isCertain: boolean;
}

/**
 * Asks the first connected product who the unknown approvers of these documents are, before any transaction.
 * @throws AppError `unavailable` / `approvers.unknown_now` when the product cannot be asked
 */
export async function lookUpApprovers(
  transact: Transact<AgentStores>,
  workspace: WorkspaceId,
  documents: readonly AgentDocument[],
  { directories, isCertain }: { directories: readonly Directory[]; isCertain: boolean },
): Promise<LookedUp> {
  const [directory] = directories;
  if (!directory) return { surface: null, found: new Map(), isCertain: false };
  const handles = handlesOf(documents);
  const known = await transact(workspace, ({ people }) => people.meanings(handles));
  const unknown = handles.filter((handle) => !known.has(handle));
  try {
    const found = await Promise.all(
      unknown.map(async (handle): Promise<[Handle, Found]> => [handle, await directory.find(handle)]),
    );
    return { surface: directory.name, found: new Map(found), isCertain };
  } catch (error) {
    if (!isCertain) return { surface: directory.name, found: new Map(), isCertain };
    throw new AppError(
      'unavailable',
      'approvers.unknown_now',
      `${directory.name} cannot be asked who the approvers are: ${messageOf(error)}`,
      { cause: error, hint: 'Nothing was applied. Run it again, and look at `openloop doctor`' },
    );
  }
}

/** What is wrong with the approvers. With no product connected a missing person is a warning: what is held then waits. */
export async function approversIn(
  { people }: AgentStores,
  documents: readonly AgentDocument[],
  { surface, found, isCertain }: LookedUp,
): Promise<Problem[]> {
  const known = await people.meanings(handlesOf(documents));
  const matches = new Map<Handle, ApproverMatch>([
    ...[...known].map(([handle, meaning]): [Handle, ApproverMatch] => [handle, matchOf(meaning)]),
    ...[...found].map(([handle, each]): [Handle, ApproverMatch] => [handle, foundMatch(each, surface ?? '')]),
  ]);
  return documents.flatMap((document) => [
    ...approverProblems(document, matches, { isCertain }),
    ...withoutAccount(document, known, surface),
  ]);
}

/**
 * People with a key and no account on the surface where their agent is. Somebody with both would be two people there:
 * whoever asks in the surface could approve with the key, and count twice.
 */
function withoutAccount(
  document: AgentDocument,
  known: ReadonlyMap<Handle, Meaning>,
  surface: string | null,
): Problem[] {
  const { approvals, surfaces } = document.agent;
  if (!surfaces.some(({ type }) => type === surface)) return [];
  // Where people may approve what they asked for themselves, and one is enough, it makes no difference.
  const isHarmless = approvals.selfApproval === 'allow' && approvals.minApprovals === 1;
  return approvals.approvers.flatMap((handle, i): Problem[] => {
    const meaning = known.get(handle);
    if (meaning?.kind !== 'person' || meaning.surfaces.includes(surface ?? '')) return [];
    const finding = {
      severity: isHarmless ? ('warning' as const) : ('error' as const),
      code: 'approver_elsewhere',
      path: ['spec', 'approvals', 'approvers', i],
      message: `${handle} has a key and no account in ${surface}, where this agent is asked: one person could count as two`,
      hint: `name them by their account, like "@${surface}.u0123"`,
    };
    return [problemAt(document, finding)];
  });
}

/** Keeps who the handles were found to be. From here on ids decide, whatever the product calls them later. */
export async function keepApprovers(
  { people, audit }: AgentStores,
  { surface, found }: LookedUp,
  by: Actor,
): Promise<void> {
  if (surface === null) return;
  for (const [handle, each] of found) {
    if (each.kind !== 'person' && each.kind !== 'group') continue;
    const { kind, id, name } = each;
    let isNew: boolean;
    if (kind === 'person') {
      const { person } = await people.admit({ surface, id, name });
      isNew = person.handle === handle || (await people.addHandle(handle, { principalId: person.id }));
    } else {
      await people.saveGroup({ surface, groupId: id, name, members: each.members });
      isNew = await people.addHandle(handle, { surface, groupId: id });
    }
    if (!isNew) continue;
    audit.append({
      name: 'handle.resolved',
      actor: by,
      facts: { handle, surface, kind, externalId: id, name },
    });
  }
}

function handlesOf(documents: readonly AgentDocument[]): Handle[] {
  return [...new Set(documents.flatMap(({ agent }) => agent.approvals.approvers))];
}

function matchOf(meaning: Meaning): ApproverMatch {
  if (meaning.kind === 'gone') return { kind: 'unresolved' };
  return meaning.kind === 'person'
    ? { kind: 'person', id: meaning.id }
    : { kind: 'group', ids: meaning.members.map((id) => `${meaning.surface}:${id}`) };
}

function foundMatch(found: Found, surface: string): ApproverMatch {
  switch (found.kind) {
    case 'person':
      return { kind: 'person', id: `${surface}:${found.id}` };
    case 'group':
      return { kind: 'group', ids: found.members.map((id) => `${surface}:${id}`) };
    case 'ambiguous':
      return { kind: 'ambiguous', candidates: found.ids.map((id) => `${surface}:${id}`) };
    case 'nobody':
      return { kind: 'unresolved', near: found.near };
  }
}
