import { z } from 'zod';

export const VersionView = z
  .object({
    name: z.literal('openloop'),
    version: z.string(),
    /** The oldest client that understands this server. */
    min_client: z.string(),
  })
  .meta({ id: 'Version' });

export const Liveness = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness' });

/** Answered with 503 when a check failed. */
export const Readiness = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().nullable() })),
  })
  .meta({ id: 'Readiness' });

/** The shape earlier OpenLoop clients know (compatibility.md §1.2). */
export const CompatHealth = z
  .object({
    status: z.literal('ok'),
    agents: z.array(z.string()),
    providers: z.array(z.string()),
    memory: z.string(),
    usage: z.string(),
    tools: z.array(z.string()),
  })
  .meta({ id: 'CompatHealth' });
