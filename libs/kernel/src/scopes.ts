/** What a key may be used for. */
export const SCOPES = [
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
] as const;

export type Scope = (typeof SCOPES)[number];
