import { hashKey, mintKey, prefixOf } from '@openloop/access';
import { newId, type Secret, type WorkspaceId } from '@openloop/kernel';

import type { System } from './compose.js';

export const WORKSPACE = 'default';
const OPERATOR = '@operator';

/** Makes the workspace, its operator, and the key that the operator was given, each only when it is not there. */
export async function ensureAdmin({ system, keyRing, transact }: System, key: Secret): Promise<WorkspaceId> {
  const workspace = await system.ensureWorkspace(WORKSPACE);
  const text = key.reveal();
  if (await keyRing.findByHash(hashKey(text))) return workspace;
  await transact(workspace, async ({ people, audit }) => {
    const principal = await people.ensure({ id: newId('usr'), handle: OPERATOR, name: 'operator' });
    const { key: stored } = mintKey({
      name: 'first admin key',
      scopes: ['admin'],
      principal,
      expiresInDays: null,
    });
    const added = await people.addKey({ ...stored, prefix: prefixOf(text), hash: hashKey(text) });
    const facts = { keyId: added.id, name: added.name, for: OPERATOR, scopes: added.scopes };
    audit.append({ name: 'key.created', actor: { kind: 'system' }, facts });
  });
  return workspace;
}
