import type { Handle } from '@openloop/kernel';

import type { GroupRef, PeopleStore } from './people-store.js';

/** Younger than this a membership is not asked for again; a decision believes it for a minute. */
const FRESH_SECONDS = 20;

/**
 * Reads the membership of every group among these handles again, unless it was read just now.
 * False when one could not be read: nobody counts as its member then.
 */
export async function freshenGroups(
  people: PeopleStore,
  membersOf: (group: GroupRef) => Promise<readonly string[]>,
  handles: readonly Handle[],
): Promise<boolean> {
  const stale = await people.staleGroups(handles, FRESH_SECONDS);
  const read = await Promise.all(
    stale.map(async (group) => {
      const members = await membersOf(group).catch(() => null);
      if (members) await people.saveGroup({ ...group, members });
      return members !== null;
    }),
  );
  return !read.includes(false);
}
