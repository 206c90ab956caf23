import type { Scope } from '@openloop/kernel';

/** `admin` holds every scope. */
export function holdsScope(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.includes('admin') || scopes.includes(needed);
}
