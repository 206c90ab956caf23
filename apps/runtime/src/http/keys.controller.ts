import { mintKey, type ApiKey } from '@openloop/access';
import { routes, type KeyView, type OutputOf } from '@openloop/api-contract';
import { actorOf, AppError, newId, type Handle, type KeyId } from '@openloop/kernel';
import { Controller, Inject } from '@nestjs/common';

import type { System } from '../compose.js';
import { Call, Endpoint, type CallTo } from './endpoint.js';
import { onePage } from './pages.js';
import { SYSTEM } from './system-token.js';

const { 'keys.list': list, 'keys.create': create, 'keys.revoke': revoke, 'me.get': me } = routes;

@Controller()
export class KeysController {
  constructor(@Inject(SYSTEM) private readonly system: System) {}

  @Endpoint(list)
  async list(@Call() { caller }: CallTo<typeof list>): Promise<OutputOf<typeof list>> {
    return onePage((await this.system.reads(caller.workspaceId).people.keys()).map(keyView));
  }

  @Endpoint(create)
  async create(@Call() { body, caller }: CallTo<typeof create>): Promise<OutputOf<typeof create>> {
    const handle = body.for.toLowerCase() as Handle; // the contract's pattern has the @
    return this.system.transact(caller.workspaceId, async ({ people, audit }) => {
      const principal = await people.ensure({ id: newId('usr'), handle, name: handle.slice(1) });
      const facts = {
        name: body.name,
        scopes: body.scopes,
        principal,
        expiresInDays: body.expires_in_days ?? null,
      };
      const { secret, key } = mintKey(facts);
      const stored = await people.addKey(key);
      audit.append({
        name: 'key.created',
        actor: actorOf(caller.principal),
        facts: { keyId: stored.id, name: stored.name, for: handle, scopes: stored.scopes },
      });
      return { ...keyView(stored), key: secret.reveal() };
    });
  }

  @Endpoint(revoke)
  async revoke(@Call() { params, caller }: CallTo<typeof revoke>): Promise<OutputOf<typeof revoke>> {
    return this.system.transact(caller.workspaceId, async ({ people, audit }) => {
      const revoked = await people.revokeKey(params.id as KeyId); // what is not an id is not found
      if (!revoked) throw new AppError('not_found', 'keys.not_found', `There is no key ${params.id}`);
      audit.append({
        name: 'key.revoked',
        actor: actorOf(caller.principal),
        facts: { keyId: revoked.id, name: revoked.name },
      });
      return keyView(revoked);
    });
  }

  @Endpoint(me)
  me(@Call() { caller }: CallTo<typeof me>): OutputOf<typeof me> {
    const { principal, scopes, keyId } = caller;
    return {
      id: principal.id,
      handle: principal.handle,
      name: principal.name,
      scopes: [...scopes],
      key: keyId,
    };
  }
}

function keyView({
  id,
  name,
  prefix,
  scopes,
  principal,
  createdAt,
  expiresAt,
  revokedAt,
  lastUsedAt,
}: ApiKey): KeyView {
  return {
    id,
    name,
    prefix,
    scopes: [...scopes],
    for: principal.handle,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
