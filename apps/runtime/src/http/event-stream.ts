import { once } from 'node:events';

import type { EventView } from '@openloop/api-contract';
import type { AuditEntry } from '@openloop/ledger';
import type { Response } from 'express';

import { eventView } from '../views/audit-view.js';

const PING_MS = 15_000;

interface Streaming {
  entries: AsyncIterable<AuditEntry>;
  wants: (event: EventView) => boolean;
  /** True for the event after which nothing more can come. */
  isLast: (event: EventView) => boolean;
}

/** Server-sent events: the audit trail as it is written. The id is the entry's number, to resume after. */
export async function sendEvents(response: Response, { entries, wants, isLast }: Streaming): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(': connected\n\n');
  const ping = setInterval(() => response.write(': ping\n\n'), PING_MS);
  try {
    for await (const entry of entries) {
      const event = eventView(entry);
      const text = `id: ${event.seq}\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`;
      // A slow reader is waited for; one that is gone ends the wait.
      if (wants(event) && !response.write(text)) await drained(response);
      if (isLast(event)) break;
    }
  } finally {
    clearInterval(ping);
    response.end();
  }
}

/** Fires when the client has gone. */
export function closedSignal(response: Response): AbortSignal {
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  return closed.signal;
}

async function drained(response: Response): Promise<void> {
  await once(response, 'drain', { signal: closedSignal(response) }).catch(() => undefined);
}
