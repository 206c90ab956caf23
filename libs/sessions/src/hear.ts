import type { PeopleStore } from '@openloop/access';
import { actorOf, type Principal, type RunId, type Transact, type WorkspaceId } from '@openloop/kernel';
import type { Account, Heard, HeardAs } from '@openloop/surfaces';

import { boundAgent, type Bound, type BoundAgent } from './binding.js';
import { takeIn } from './receive.js';
import type { SessionStores, ThreadSession } from './session-store.js';

export interface HearingStores extends SessionStores {
  people: PeopleStore;
  bindings: Bindings;
}

/** What is known about a message before anything is done about it. */
export interface Known {
  /** Every agent with a binding to its surface. */
  agents: readonly BoundAgent[];
  /** The sessions of its thread, one for each agent in it. */
  sessions: readonly ThreadSession[];
  /** Who its author is here; `null`: nobody yet, or nobody any more. */
  person: Principal | null;
  /** The run it started, when it was taken before. */
  runId: RunId | null;
}

export interface Bindings {
  /** All of it in one round trip. */
  know(heard: Pick<Heard, 'key' | 'thread'> & { author: Pick<Account, 'surface' | 'id'> }): Promise<Known>;
}

/** What became of a message; a word that stops work names the runs that somebody else ends. */
export type Heeded =
  Exclude<HeardAs, { kind: 'stopped' }> | { kind: 'stop'; runs: readonly RunId[]; by: Principal };

type Addressed = Extract<Bound, { kind: 'agent' }>;

/**
 * From a message on a chat product to a queued run, or to why it is none. Safe to call again with the same message:
 * it starts one run. Words that steer the agent itself (mute, unmute, stop) never reach a model.
 *
 * The product waits for its end, so it is one transaction, and most often one look and one write.
 */
export function hear(
  transact: Transact<HearingStores>,
  workspace: WorkspaceId,
  heard: Heard,
): Promise<Heeded> {
  return transact(workspace, async (stores) => {
    const known = await stores.bindings.know(heard);
    if (known.runId) return { kind: 'queued', runId: known.runId, isNew: false };
    const bound = boundAgent(heard, known.agents, known.sessions);
    const isMeant = heard.isDirect || heard.mentions === 'agent';
    if (bound.kind !== 'agent')
      return isMeant ? notBound(bound, heard) : { kind: 'ignored', why: 'no_agent' };
    return (
      notByMember(heard, isMeant) ??
      (await steer(stores, { heard, bound, isMeant })) ??
      notAnswered(heard, bound, isMeant) ??
      start(stores, workspace, { heard, bound, person: known.person })
    );
  });
}

function notByMember({ author: { outsider } }: Heard, isMeant: boolean): Heeded | null {
  if (outsider === null) return null;
  const isTold = isMeant && outsider !== 'bot';
  return isTold ? { kind: 'refused', words: OUTSIDER_WORDS } : { kind: 'ignored', why: 'outsider' };
}

function notAnswered(heard: Heard, bound: Addressed, isMeant: boolean): Heeded | null {
  if (!isAddressed(heard, bound, isMeant)) return { kind: 'ignored', why: 'not_addressed' };
  if (bound.session?.mutedBy && !isMeant) return { kind: 'ignored', why: 'muted' };
  if (bound.agent.state === 'active') return null;
  return { kind: 'refused', words: `⛔ ${bound.agent.name} is paused. An admin can resume it.` };
}

const OUTSIDER_WORDS =
  '⛔ I work for members of this workspace only, so I did not start. Ask one of them to ask me.';

const DISABLED_WORDS = '⛔ You may no longer ask me here, so I did not start. An admin can tell you more.';

function notBound(bound: Exclude<Bound, Addressed>, { channelName }: Heard): Heeded {
  const words =
    bound.kind === 'several'
      ? `Several agents could answer here. Start with the name of one: ${bound.names.join(', ')}.`
      : `No agent works ${channelName ? `in ${channelName}` : 'here'} yet. Add the channel to an agent’s \`spec.surfaces\` and run \`openloop apply\`.`;
  return { kind: 'refused', words };
}

function isAddressed(heard: Heard, { session, respondTo }: Addressed, isMeant: boolean): boolean {
  if (isMeant || respondTo === 'all') return true;
  if (respondTo === 'mention' || !heard.isReply || !session) return false;
  return respondTo === 'thread' || heard.mentions === 'nobody';
}

interface Steering {
  heard: Heard;
  bound: Addressed;
  isMeant: boolean;
}

/** Words to the agent itself, in a thread that it is in. */
async function steer(
  stores: HearingStores,
  { heard, bound: { session }, isMeant }: Steering,
): Promise<Heeded | null> {
  if (!session || (heard.mentions === 'others' && !isMeant)) return null;
  const word = /^!?(mute|unmute|stop)[.!]?$/i.exec(heard.text.trim())?.[1]?.toLowerCase();
  if (!word) return null;
  // Delivered again after its time it would steer what has begun since.
  const { surface } = heard.thread;
  const isNew = await stores.sessions.takeWord({ surface, key: heard.key, sessionId: session.id });
  if (!isNew) return { kind: 'ignored', why: 'heard_before' };
  if (word === 'stop') return { kind: 'stop', ...(await stoppingIn(stores, heard.thread, heard.author)) };
  const isMuted = word === 'mute';
  await setMutedIn(stores, { thread: heard.thread, by: heard.author, isMuted });
  return { kind: isMuted ? 'muted' : 'unmuted' };
}

type ThreadPlace = Pick<Heard['thread'], 'surface' | 'key'>;

interface Stopping {
  runs: RunId[];
  by: Principal;
}

/** What stopping a thread would end, and who asks for it. */
export function stopping(
  transact: Transact<HearingStores>,
  workspace: WorkspaceId,
  thread: ThreadPlace,
  account: Account,
): Promise<Stopping> {
  return transact(workspace, (stores) => stoppingIn(stores, thread, account));
}

async function stoppingIn(stores: HearingStores, thread: ThreadPlace, account: Account): Promise<Stopping> {
  const by = await personOf(stores, account);
  const sessions = await stores.sessions.inThread(thread);
  const runs = await Promise.all(sessions.map(({ id }) => stores.sessions.openRuns(id)));
  return { runs: runs.flat(), by };
}

interface Muting {
  thread: ThreadPlace;
  by: Account;
  isMuted: boolean;
}

/** Mutes or unmutes every agent of a thread; false when there is none in it. */
export function setMuted(
  transact: Transact<HearingStores>,
  workspace: WorkspaceId,
  muting: Muting,
): Promise<boolean> {
  return transact(workspace, (stores) => setMutedIn(stores, muting));
}

async function setMutedIn(stores: HearingStores, { thread, by, isMuted }: Muting): Promise<boolean> {
  const sessions = await stores.sessions.inThread(thread);
  if (sessions.length === 0) return false;
  const person = await personOf(stores, by);
  for (const { id, agentId, mutedBy } of sessions) {
    if ((mutedBy !== null) === isMuted) continue;
    await stores.sessions.setMuted(id, isMuted ? person.handle : null);
    const facts = { agentId, surface: thread.surface, thread: thread.key };
    stores.audit.append({
      name: isMuted ? 'session.muted' : 'session.unmuted',
      actor: actorOf(person),
      facts,
    });
  }
  return true;
}

async function start(
  stores: HearingStores,
  workspaceId: WorkspaceId,
  { heard, bound: { agent, session }, person }: { heard: Heard; bound: Addressed; person: Principal | null },
): Promise<Heeded> {
  const author = person ?? (await personOf(stores, heard.author));
  if ('disabled' in author && author.disabled) return { kind: 'refused', words: DISABLED_WORDS };
  // A mention is a wish to be answered again.
  if (session?.mutedBy) {
    await setMutedIn(stores, { thread: heard.thread, by: heard.author, isMuted: false });
  }
  const { key, thread, text, at } = heard;
  const { agentId, revision, limits } = agent;
  const event = { key, thread, authorId: author.id, text, at, labels: {} };
  const received = await takeIn(stores, { workspaceId, agentId, revision, limits }, event, author);
  return received.kind === 'queued'
    ? { ...received, ...(session?.mutedBy && { unmuted: true }) }
    : {
        kind: 'refused',
        words: `⛔ I am busy: ${received.reason}. Nothing was started; ask again in a minute.`,
      };
}

/** Who an account is, here. Somebody new becomes a person of their own, with a handle nobody could have chosen. */
export async function personOf(
  { people, audit }: Pick<HearingStores, 'people' | 'audit'>,
  { surface, id, name }: Account,
): Promise<Principal & { disabled: boolean }> {
  const { person, isNew } = await people.admit({ surface, id, name });
  if (isNew) {
    const facts = { principalId: person.id, handle: person.handle, surface, account: id };
    audit.append({ name: 'person.admitted', actor: actorOf(person), facts });
  }
  return person;
}
