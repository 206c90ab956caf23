import type { Handle, PrincipalId } from '@openloop/kernel';

import type { AccountRef, GroupRef, PeopleStore } from './people-store.js';

/** Younger than this, what a product said is not asked for again; a decision believes it for a minute. */
const FRESH_SECONDS = 20;

/** What the products say now. */
export interface Freshening {
  membersOf: (group: GroupRef) => Promise<readonly string[]>;
  /** Whether the account is a member's of the team. */
  isMember: (account: AccountRef) => Promise<boolean>;
}

/**
 * Asks the products again who is in the groups among these handles, and whether these people's accounts are still
 * members', unless that was asked just now. False when one could not be asked: it counts for nobody then.
 */
export async function freshen(
  people: PeopleStore,
  { membersOf, isMember }: Freshening,
  { handles, voters }: { handles: readonly Handle[]; voters: readonly PrincipalId[] },
): Promise<boolean> {
  const [groups, accounts] = await Promise.all([
    people.staleGroups(handles, FRESH_SECONDS),
    people.staleAccounts(voters, FRESH_SECONDS),
  ]);
  const asked = await Promise.all([
    ...groups.map((group) => known(membersOf(group), (members) => people.refreshGroup(group, members))),
    ...accounts.map((account) => known(isMember(account), (is) => people.noteAccount(account, is))),
  ]);
  return !asked.includes(false);
}

async function known<Answer>(
  answer: Promise<Answer>,
  keep: (answer: Answer) => Promise<void>,
): Promise<boolean> {
  const said = await answer.then(
    (value) => ({ value }),
    () => null,
  );
  if (said) await keep(said.value);
  return said !== null;
}
