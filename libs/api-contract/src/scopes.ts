import { z } from 'zod';

/** What a key may be used for. */
export const Scope = z
  .enum([
    'agents:read',
    'agents:write',
    'runs:read',
    'runs:write',
    'approvals:read',
    'approvals:decide',
    'usage:read',
    'audit:read',
    'tools:invoke',
    'admin',
  ])
  .meta({ id: 'Scope' });
export type Scope = z.infer<typeof Scope>;
