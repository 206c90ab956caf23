import { z } from 'zod';

import { DURATION_PATTERN, msFromDuration, msFromTimeout } from './duration.js';

/** `code: message`, which `schema-findings.ts` takes apart again; Zod has no place for a code. */
function saying(code: string, message: string): string {
  return `${code}: ${message}`;
}

const NAME_MESSAGE = saying('invalid_name', 'a name is [a-z0-9-]{1,63} and starts with a letter or digit');
export const name = z
  .string({ error: NAME_MESSAGE })
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: NAME_MESSAGE });

const WORKSPACE_MESSAGE = saying(
  'invalid_name',
  'a workspace is [A-Za-z0-9._-]{1,63} and starts with a letter or digit',
);
export const workspaceName = z
  .string({ error: WORKSPACE_MESSAGE })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: WORKSPACE_MESSAGE });

const TOOL_MESSAGE = saying(
  'invalid_name',
  'a tool name is [a-z0-9_-]{1,63} and starts with a letter or digit',
);
export const toolName = z
  .string({ error: TOOL_MESSAGE })
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: TOOL_MESSAGE });

const WILDCARD_MESSAGE = saying('wildcards_not_allowed', 'wildcards are not allowed; name each permission');
const PERMISSION_MESSAGE = saying('invalid_permission', 'a permission is a name like issues:write');
export const permissionName = z
  .string({ error: PERMISSION_MESSAGE })
  .regex(/^[^*]*$/, { error: WILDCARD_MESSAGE, abort: true })
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_:./-]{0,127}$/, { error: PERMISSION_MESSAGE });

const ACTION_MESSAGE = saying('invalid_permission', 'an action is tool.permission, like github.issues:write');
export const actionName = z
  .string({ error: ACTION_MESSAGE })
  .regex(/^[^*]*$/, { error: WILDCARD_MESSAGE, abort: true })
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}\.[A-Za-z0-9_][A-Za-z0-9_:./-]{0,127}$/, { error: ACTION_MESSAGE });

const APPROVER_MESSAGE = saying('invalid_approver', 'an approver is a handle like "@priya"');
export const approver = z
  .string({ error: APPROVER_MESSAGE })
  .regex(/^@[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: APPROVER_MESSAGE });

const MODEL_MESSAGE = saying('model_unresolvable', 'a model is provider/model, like openai/gpt-4o-mini');
export const modelName = z
  .string({ error: MODEL_MESSAGE })
  .max(200, { error: MODEL_MESSAGE })
  .regex(/^[a-z0-9][a-z0-9_-]*\/[^\s/][^\s]*$/, { error: MODEL_MESSAGE });

const DURATION_MESSAGE = saying(
  'duration_out_of_range',
  'duration out of range 1m..30d (like 90s, 30m, 24h, 7d)',
);
export const duration = z
  .string({ error: DURATION_MESSAGE })
  .regex(DURATION_PATTERN, { error: DURATION_MESSAGE, abort: true })
  .refine((written) => msFromDuration(written) !== null, { error: DURATION_MESSAGE });

const TIMEOUT_MESSAGE = saying('duration_out_of_range', 'duration out of range 1s..30s (like 5s)');
export const timeout = z
  .string({ error: TIMEOUT_MESSAGE })
  .regex(DURATION_PATTERN, { error: TIMEOUT_MESSAGE, abort: true })
  .refine((written) => msFromTimeout(written) !== null, { error: TIMEOUT_MESSAGE });

const MONEY_MESSAGE = saying('money_out_of_range', 'money must be 0.000001..1000000 USD');
export const money = z
  .number({ error: MONEY_MESSAGE })
  .min(0.000001, { error: MONEY_MESSAGE })
  .max(1_000_000, { error: MONEY_MESSAGE });

/** A share, more than nothing and at most all. */
const SHARE_MESSAGE = saying('out_of_range', 'must be more than 0 and at most 1');
export const share = z
  .number({ error: SHARE_MESSAGE })
  .gt(0, { error: SHARE_MESSAGE })
  .max(1, { error: SHARE_MESSAGE });

const QUORUM_MESSAGE = saying('quorum_out_of_range', 'quorum must be an integer 1..20');
export const quorum = integer(1, 20, QUORUM_MESSAGE);

export function count(least: number, most: number) {
  return integer(least, most, saying('out_of_range', `must be an integer ${least}..${most}`));
}

export function text(longest: number) {
  return z.string().max(longest, { error: saying('too_long', `at most ${longest} characters`) });
}

const NOTIFY_MESSAGE = saying('not_one_of', 'must be thread, dm or channel:#name');
export const notifyTarget = z
  .string({ error: NOTIFY_MESSAGE })
  .regex(/^(thread|dm|channel:[^\s]{1,100})$/, { error: NOTIFY_MESSAGE });

const PATTERN_MESSAGE = saying(
  'invalid_permission',
  'a pattern is tool.permission, where * stands for anything',
);
export const permissionPattern = z
  .string({ error: PATTERN_MESSAGE })
  .regex(/^[A-Za-z0-9_*][A-Za-z0-9_*:./-]{0,190}$/, { error: PATTERN_MESSAGE });

/** A list with an end: checks compare elements with one another, so an endless one would take long. */
export function list<T extends z.ZodType>(element: T, most = 50) {
  return z.array(element).max(most, { error: saying('too_many', `at most ${most} entries`) });
}

function integer(least: number, most: number, error: string) {
  return z.int({ error }).min(least, { error }).max(most, { error });
}
