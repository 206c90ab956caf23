import type { ModalView } from '@slack/types';

import { plainElement, richText } from '../show/mrkdwn.js';
import { cut, oneLine } from '../show/plain-text.js';

/** What a submission is called on the wire, and where its answers are: `state.values[block][element]`. */
export const DENY_FORM = {
  callbackId: 'approval.deny.submit',
  reason: 'reason',
  next: 'next',
  element: 'v',
} as const;

export const MOST_REASON = 500;
const MOST = { summary: 300, privateMetadata: 3_000 } as const;

const CARRY_ON = { text: plainElement('Carry on without this action'), value: 'continue' };

export interface DenyModal {
  summary: string;
  /** At most 3,000 characters; handed back with the submission. */
  privateMetadata: string;
}

/** Asks for a reason, and for what the denial means for the rest of the task. Both may be left out. */
export function denyModal({ summary, privateMetadata }: DenyModal): ModalView {
  if (privateMetadata.length > MOST.privateMetadata)
    throw new RangeError('Slack keeps 3,000 characters with a modal');
  const { callbackId, reason, next, element } = DENY_FORM;
  return {
    type: 'modal',
    callback_id: callbackId,
    private_metadata: privateMetadata,
    title: plainElement('Deny this action'),
    submit: plainElement('Deny'),
    close: plainElement('Back'),
    blocks: [
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: [richText(cut(oneLine(summary), MOST.summary))] }],
      },
      {
        type: 'input',
        block_id: reason,
        optional: true,
        label: plainElement('Reason (the agent and the audit log see it)'),
        element: {
          type: 'plain_text_input',
          action_id: element,
          multiline: true,
          max_length: MOST_REASON,
          placeholder: plainElement('Duplicate of #471'),
        },
      },
      {
        type: 'input',
        block_id: next,
        optional: true,
        label: plainElement('What should the agent do now?'),
        element: {
          type: 'radio_buttons',
          action_id: element,
          options: [CARRY_ON, { text: plainElement('Stop this task'), value: 'stop' }],
          initial_option: CARRY_ON,
        },
      },
    ],
  };
}
