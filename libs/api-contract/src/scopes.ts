import { SCOPES } from '@openloop/kernel';
import { z } from 'zod';

export const Scope = z.enum(SCOPES).meta({ id: 'Scope' });
export type Scope = z.infer<typeof Scope>;
