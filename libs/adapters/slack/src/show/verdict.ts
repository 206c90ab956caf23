import type { Shown } from '@openloop/surfaces';

import type { SlackError } from '../web/slack-error.js';

/**
 * What Slack says when a message can never be shown or changed there: the place is closed to us, or the message is
 * not there any more. Somebody can only let us in again, and a new delivery is a new try.
 */
const GONE = new Set([
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'user_not_in_channel',
  'thread_not_found',
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'cannot_reply_to_message',
  'messages_tab_disabled',
  'no_permission',
  'ekm_access_denied',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_locked',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
  // What Slack will not take however often it is asked: our fault, and no reason to ask for ever.
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'msg_too_long',
  'msg_blocks_too_long',
  'metadata_too_large',
  'no_text',
]);

/** What only the operator can mend: a token, a scope, a payment. Waited for at length. */
const OPERATORS = new Set([
  'account_inactive',
  'access_denied',
  'invalid_auth',
  'missing_scope',
  'no_such_subtype',
  'not_allowed_token_type',
  'not_authed',
  'org_login_required',
  'team_access_not_granted',
  'team_not_found',
  'token_expired',
  'token_revoked',
  'two_factor_setup_required',
]);

const OPERATORS_MS = 300_000;
const AWAY_MS = 10_000;
/** Longer than any call of ours may last, so that what was sent has been listed when it is looked for again. */
const DOUBTFUL_MS = 15_000;

/** Whether to come back, and when. `refs` is what is there already. */
export function verdictOn(error: SlackError, refs: readonly string[]): Shown {
  const { code, retryInMs, isDefinite } = error;
  if (isDefinite && GONE.has(code)) return { kind: 'gone', reason: code };
  return { kind: 'later', retryInMs: retryInMs ?? waitMs(code, isDefinite), reason: code, refs };
}

function waitMs(code: string, isDefinite: boolean): number {
  if (!isDefinite) return DOUBTFUL_MS;
  return OPERATORS.has(code) ? OPERATORS_MS : AWAY_MS;
}
