import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import type { Secret } from '@openloop/kernel';

/** Why a request is not believed to come from Slack. Each is a code in the 401 and in the audit. */
export type Unsigned =
  | 'timestamp_missing'
  | 'timestamp_repeated'
  | 'timestamp_malformed'
  | 'timestamp_too_old'
  | 'timestamp_in_future'
  | 'signature_missing'
  | 'signature_repeated'
  | 'signature_version_unknown'
  | 'signature_malformed'
  | 'signature_wrong';

/** What a request claims of itself; nothing is proven before {@link isSigned}. */
export interface Claim {
  timestamp: string;
  signature: string;
}

/** How far Slack's clock and ours may be apart, either way. */
export const MAX_SKEW_SECONDS = 300;

type DistinctHeaders = Pick<IncomingMessage, 'headersDistinct'> & { headers?: IncomingHttpHeaders };

/**
 * Reads the two headers without touching the body, so that an unsigned flood is turned away unread.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function readClaim({ headersDistinct }: DistinctHeaders, now: Date): Claim | Unsigned {
  const timestamp = one(headersDistinct['x-slack-request-timestamp']);
  if (timestamp === 'missing' || timestamp === 'repeated') return `timestamp_${timestamp}`;
  const signature = one(headersDistinct['x-slack-signature']);
  if (signature === 'missing' || signature === 'repeated') return `signature_${signature}`;
  return staleness(timestamp.value, now) ?? misshapen(signature.value) ?? claimOf(timestamp, signature);
}

/** Whether this secret signed exactly these bytes. In constant time. */
export function isSigned(secret: Secret, { timestamp, signature }: Claim, body: Buffer): boolean {
  const hmac = createHmac('sha256', secret.reveal()).update(`v0:${timestamp}:`).update(body);
  const right = Buffer.from(`v0=${hmac.digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === right.length && timingSafeEqual(given, right);
}

type Header = { value: string };

function one(values: readonly string[] | undefined): Header | 'missing' | 'repeated' {
  const [value, ...more] = values ?? [];
  if (!value) return 'missing';
  return more.length > 0 ? 'repeated' : { value };
}

function staleness(timestamp: string, now: Date): Unsigned | undefined {
  if (!/^\d{1,12}$/.test(timestamp)) return 'timestamp_malformed';
  const age = now.getTime() / 1000 - Number(timestamp);
  if (age > MAX_SKEW_SECONDS) return 'timestamp_too_old';
  return age < -MAX_SKEW_SECONDS ? 'timestamp_in_future' : undefined;
}

function misshapen(signature: string): Unsigned | undefined {
  const [version] = signature.split('=', 1);
  if (version !== 'v0')
    return /^v\d+$/.test(version ?? '') ? 'signature_version_unknown' : 'signature_malformed';
  return /^v0=[0-9a-f]{64}$/.test(signature) ? undefined : 'signature_malformed';
}

function claimOf(timestamp: Header, signature: Header): Claim {
  return { timestamp: timestamp.value, signature: signature.value };
}
