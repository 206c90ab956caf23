import type { PinnedOwner, ToolCatalog, ToolPin } from '@openloop/tools';

import type { Driving } from './advance.js';

/** A definition read this recently need not be read again before a call is held or a read runs. */
const DEFINITION_AGE_MS = 60_000;

export function ownerOf({ claimed: { revision } }: Pick<Driving, 'claimed'>): PinnedOwner {
  return { agent: revision.agent, pins: revision.pins as readonly ToolPin[] }; // the tool library made them
}

/** The tools of a run's revision as they are now; asks only the servers of the functions that are called. */
export function toolsFor(driving: Driving, calls: readonly { name: string }[]): Promise<ToolCatalog> {
  const functions = calls.map(({ name }) => name);
  return driving.parts.toolbox.of(ownerOf(driving), { maxAgeMs: DEFINITION_AGE_MS, functions });
}
