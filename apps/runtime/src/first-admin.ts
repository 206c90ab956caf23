import { hashKey, mintKey, prefixOf } from '@openloop/access';
import { newId, type Secret, type WorkspaceId } from '@openloop/kernel';

import type { System } from './compose.js';

export const WORKSPACE = 'default';
const OPERATOR = '@operator';

/** Makes the workspace, its operator, and the key that the operator was given, each only when it is not there. */
export async function ensureAdmin({ system, keyRing, transact }: System, key: Secret): Promise<WorkspaceId> {
  const workspace = await system.ensureWorkspace(WORKSPACE);
  const isThere = async (): Promise<boolean> => (await keyRing.findByHash(hashKey(key.reveal()))) !== null;
  if (await isThere()) return workspace;
  try {
    await addKey(transact, workspace, key.reveal());
  } catch (error) {
    // A replica that started at the same time was first.
    if (!(await isThere())) throw error;
  }
  return workspace;
}

function addKey(transact: System['transact'], workspace: WorkspaceId, text: string): Promise<void> {
  return transact(workspace, async ({ people, audit }) => {
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
}
