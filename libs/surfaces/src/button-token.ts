import { createHmac, timingSafeEqual } from 'node:crypto';

import { canonicalJson, type ApprovalId } from '@openloop/kernel';

export type ButtonVerb = 'approve' | 'deny' | 'details';

/** What a button's token is bound to, beside the key. */
export interface ButtonFacts {
  surface: string;
  channel: string | null;
  approvalId: ApprovalId;
  verb: ButtonVerb;
  digest: string;
}

const VERSION = 1;
const VERBS = ['approve', 'deny', 'details'] as const;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_CHARS = 26;
const MAC_CHARS = 26;
/** 130 bits of MAC in base 32: version, verb, ULID, MAC. */
const TOKEN = new RegExp(`^${VERSION}([0-2])([${ALPHABET}]{${ULID_CHARS}})([${ALPHABET}]{${MAC_CHARS}})$`);

/** 54 characters that name an approval and a verb, and that only this key can make for this place and these bytes. */
export function sealButton(key: string, facts: ButtonFacts): string {
  return `${VERSION}${VERBS.indexOf(facts.verb)}${facts.approvalId.slice(4)}${macOf(key, facts)}`;
}

/** What a token claims. Nothing is proven before {@link isSealed}. */
export function readButton(token: string): Pick<ButtonFacts, 'approvalId' | 'verb'> | null {
  const match = TOKEN.exec(token);
  const verb = VERBS[Number(match?.[1])];
  return match && verb ? { approvalId: `apr_${match[2]}`, verb } : null;
}

/** Whether this key sealed the token for exactly these facts. In constant time. */
export function isSealed(key: string, token: string, facts: ButtonFacts): boolean {
  const [given, right] = [token.slice(-MAC_CHARS), macOf(key, facts)].map((text) => Buffer.from(text));
  return (
    given !== undefined &&
    right !== undefined &&
    given.length === right.length &&
    timingSafeEqual(given, right)
  );
}

function macOf(key: string, { surface, channel, approvalId, verb, digest }: ButtonFacts): string {
  const text = canonicalJson(['openloop/button/v1', surface, channel, approvalId, verb, digest]);
  const bytes = createHmac('sha256', key).update(text, 'utf8').digest();
  return Array.from({ length: MAC_CHARS }, (_, i) => ALPHABET[bytes.readUInt8(i) & 31]).join('');
}
