import { z } from 'zod';

import { Instant, UsdAmount } from '../fields.js';
import { BudgetView } from './agent.js';

export const UsageGrouping = z
  .enum(['agent', 'model', 'day', 'month', 'surface', 'user'])
  .meta({ id: 'UsageGrouping' });
export type UsageGrouping = z.infer<typeof UsageGrouping>;

/** Simulated spend has lines of its own and is never summed with real spend. */
export const UsageLine = z
  .object({
    group: z.partialRecord(UsageGrouping, z.string()),
    simulated: z.boolean(),
    runs: z.int(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_usd: UsdAmount,
    /** Calls whose price is unknown; their cost is not in `cost_usd`. */
    unpriced_calls: z.int(),
  })
  .meta({ id: 'UsageLine' });
export type UsageLine = z.infer<typeof UsageLine>;

export const UsageReport = z
  .object({
    since: Instant,
    until: Instant,
    currency: z.literal('USD'),
    lines: z.array(UsageLine),
    budgets: z.array(BudgetView),
    /** The day the built-in prices were read. */
    prices_as_of: z.string(),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof UsageReport>;
