import { DEFINITION_AGE_MS, pinnedOwner, type ToolCatalog } from '@openloop/tools';

import type { Driving } from './advance.js';

/** The tools of a run's revision as they are now; asks only the servers of the functions that are called. */
export function toolsFor(
  { claimed, parts }: Driving,
  calls: readonly { name: string }[],
): Promise<ToolCatalog> {
  const functions = calls.map(({ name }) => name);
  return parts.toolbox.of(pinnedOwner(claimed.revision), { maxAgeMs: DEFINITION_AGE_MS, functions });
}
