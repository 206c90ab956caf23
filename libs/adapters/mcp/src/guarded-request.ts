import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

import { mcpAddressRefusal } from '@openloop/agent-spec';
import { AppError } from '@openloop/kernel';

import { badAnswer, notSent } from './trouble.js';

/** Every address of a name. */
export type Resolve = (
  host: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface Outgoing {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | null;
  signal: AbortSignal | null;
}

export interface Ways {
  resolve: Resolve;
  connectTimeoutMs: number;
}

export const systemResolve: Resolve = (host, answer) => dnsLookup(host, { all: true }, answer);

/**
 * One request on a connection of its own, never followed elsewhere, never tried again. The address that is checked is
 * the address that is connected to. What fails before there is a connection is `mcp.not_sent`.
 */
export function guardedRequest(
  { url, method, headers, body, signal }: Outgoing,
  ways: Ways,
): Promise<IncomingMessage> {
  return new Promise((settle, reject) => {
    const isSecure = url.protocol === 'https:';
    let isConnected = false;
    const options = { method, headers, agent: false, lookup: checkedLookup(ways.resolve) };
    const sent = (isSecure ? requestHttps : requestHttp)(url, {
      ...options,
      ...(signal && { signal }),
      // Without a length the body would be sent in chunks, which some servers refuse.
      ...(body !== null && { headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) } }),
    });
    const timer = setTimeout(
      () => sent.destroy(notSent('takes too long to accept a connection')),
      ways.connectTimeoutMs,
    );
    sent.once('socket', (socket) =>
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        isConnected = true;
        clearTimeout(timer);
      }),
    );
    sent.once('response', settle);
    sent.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error instanceof AppError) reject(error);
      else reject(isConnected ? badAnswer('broke the connection off') : notSent(whyUnreachable(error)));
    });
    sent.end(body ?? undefined);
  });
}

function checkedLookup(resolve: Resolve): LookupFunction {
  return (host, options, answer) => {
    resolve(host, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return answer(error ?? notSent('has a name without an address'), '', 4);
      const refusal = addresses
        .map(({ address }) => mcpAddressRefusal(address))
        .find((each) => each !== null);
      if (refusal) return answer(notSent(`has a name that leads to ${refusal}`), '', 4);
      return options.all ? answer(null, addresses) : answer(null, first.address, first.family);
    });
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ENOTFOUND: 'has a name that does not resolve',
  EAI_AGAIN: 'has a name that does not resolve now',
  ETIMEDOUT: 'takes too long to accept a connection',
  ABORT_ERR: 'was not asked: the time was up',
};

/** By its code only: a message may hold anything. */
function whyUnreachable({ code }: NodeJS.ErrnoException): string {
  if (code === undefined) return 'cannot be reached';
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code)) return `has no certificate that can be trusted (${code})`;
  return REASONS[code] ?? `cannot be reached (${code})`;
}
