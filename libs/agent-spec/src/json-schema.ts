import { z } from 'zod';

import { AgentSchema } from './schema.js';

/** JSON Schema (draft-07) of the document as it is written, for editors. */
export function agentJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(AgentSchema, { io: 'input', target: 'draft-7' }) };
}
