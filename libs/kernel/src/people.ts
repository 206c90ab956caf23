import type { AgentId, PrincipalId } from './ids.js';

/** `@priya`: the immutable, unique name of a principal in its workspace. Never a display name. */
export type Handle = `@${string}`;

/** A person (or a script acting as one) that can ask and decide. One row per human, whatever accounts they have. */
export interface Principal {
  id: PrincipalId;
  handle: Handle;
  name: string;
}

/** Who did something. */
export type Actor =
  | { kind: 'principal'; id: PrincipalId; handle: Handle }
  | { kind: 'agent'; id: AgentId; name: string }
  | { kind: 'system' };

export function actorOf({ id, handle }: Principal): Actor {
  return { kind: 'principal', id, handle };
}
