import type { AuditView, EventView } from '@openloop/api-contract';
import type { AuditEntry } from '@openloop/ledger';

export function eventView({ seq, at, body }: AuditEntry): EventView {
  const { name, actor, facts } = JSON.parse(body) as Pick<EventView, 'name' | 'actor' | 'facts'>; // written from an AuditEvent
  return { seq, at, name, actor, facts };
}

export function auditView(entry: AuditEntry): AuditView {
  return { ...eventView(entry), hash: entry.hash };
}
