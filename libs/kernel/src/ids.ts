import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O or U, so an id can be read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

export type WorkspaceId = `wsp_${string}`;
export type PrincipalId = `usr_${string}`;
export type KeyId = `key_${string}`;
export type AgentId = `agt_${string}`;
export type SessionId = `ses_${string}`;
export type RunId = `run_${string}`;
export type ActionId = `act_${string}`;
export type ApprovalId = `apr_${string}`;
export type DeliveryId = `dlv_${string}`;
export type UsageId = `use_${string}`;

type Id =
  | WorkspaceId
  | PrincipalId
  | KeyId
  | AgentId
  | SessionId
  | RunId
  | ActionId
  | ApprovalId
  | DeliveryId
  | UsageId;
type Prefix<T extends string> = T extends `${infer P}_${string}` ? P : never;

/** A ULID (48 bits of time, 80 random) behind a prefix that says what it names: `run_01JQ…`. */
export function newId<P extends Prefix<Id>>(prefix: P): Extract<Id, `${P}_${string}`> {
  return `${prefix}_${timeChars(Date.now())}${randomChars(RANDOM_CHARS)}` as Extract<Id, `${P}_${string}`>; // the template has this very shape
}

/** How many trailing characters make the short form that people read and type. */
const SHORT_CHARS = 8;

/** `apr_01JQ…7Q2M9K8X` → `apr_7Q2M9K8X`: what people see. Unique per workspace, enforced by the database. */
export function shortId(id: string): string {
  const cut = id.indexOf('_') + 1;
  return id.slice(0, cut) + id.slice(-SHORT_CHARS);
}

/** 80 random bits, or as many as asked for (5 a character), in Crockford's base 32. */
export function randomChars(count: number): string {
  let chars = '';
  for (const byte of randomBytes(count)) chars += ALPHABET[byte & 31];
  return chars;
}

function timeChars(ms: number): string {
  let chars = '';
  for (let rest = ms, i = 0; i < TIME_CHARS; i += 1, rest = Math.floor(rest / 32)) {
    chars = ALPHABET[rest % 32] + chars;
  }
  return chars;
}
