import { authenticate, holdsScope, type KeyRing } from '@openloop/access';
import { AppError, type Clock } from '@openloop/kernel';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

import { routeOf, type KnownRequest } from './endpoint.js';

/** Lets a request in whose key holds the scope that its route names. Everything without a route needs a key too. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly keys: KeyRing,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = routeOf(context);
    if (route?.scope === null) return true;
    const request = context.switchToHttp().getRequest<KnownRequest>();
    const caller = await authenticate(request.headers.authorization, this.keys, this.clock.now());
    const needed = route?.scope ?? 'any';
    if (needed !== 'any' && !holdsScope(caller.scopes, needed)) {
      throw new AppError('forbidden', 'scope_required', `This needs a key with the scope ${needed}`, {
        hint: `Make one with an admin's key: \`openloop keys create NAME --for @HANDLE --scope ${needed}\``,
      });
    }
    request.caller = caller;
    return true;
  }
}
