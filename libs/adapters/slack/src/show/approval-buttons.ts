import { createHash } from 'node:crypto';

import type { Card, CardButtons } from '@openloop/surfaces';
import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types';

import { plainElement } from './mrkdwn.js';
import { cut, oneLine } from './plain-text.js';

/** What a press is called on the wire. */
export const ACTIONS = {
  approve: 'approval.approve',
  deny: 'approval.deny',
  details: 'approval.details',
} as const;

const MOST = { accessibleName: 75, confirmText: 300 } as const;

export interface ButtonsOf {
  card: Card;
  buttons: CardButtons;
  accessibleName: string;
}

/** Approve, Deny… and Details; each carries its sealed token and nothing else. */
export function approvalButtons({ card, buttons, accessibleName }: ButtonsOf): ActionsBlock {
  const { approve, deny, details, confirm } = buttons;
  const elements: Button[] = [
    { ...button('Deny…', ACTIONS.deny, deny), style: 'danger' },
    button('Details', ACTIONS.details, details),
  ];
  if (approve !== undefined) {
    elements.unshift({
      ...button('Approve', ACTIONS.approve, approve),
      style: 'primary',
      ...named(accessibleName),
      ...(confirm ? { confirm: confirmation(card) } : {}),
    });
  }
  return { type: 'actions', block_id: blockId(card, buttons), elements };
}

function button(text: string, actionId: string, value: string): Button {
  return { type: 'button', action_id: actionId, value, text: plainElement(text) };
}

function named(accessibleName: string): Pick<Button, 'accessibility_label'> {
  return { accessibility_label: cut(`Approve · ${oneLine(accessibleName)}`, MOST.accessibleName) };
}

function confirmation({ summary, lines }: Card): ConfirmationDialog {
  const risk = lines.find(({ label }) => label === 'Risk')?.value ?? '';
  const text = [cut(oneLine(summary), MOST.confirmText / 2), cut(oneLine(risk), MOST.confirmText / 3)];
  return {
    title: plainElement('Approve this?'),
    text: plainElement(text.filter((line) => line !== '').join('\n')),
    confirm: plainElement('Approve'),
    deny: plainElement('Go back'),
    style: 'danger',
  };
}

/** Slack keeps what was pressed per `block_id`: another rendering needs another. */
function blockId(card: Card, buttons: CardButtons): string {
  const { headline, state, context, reference, expiresAt } = card;
  const content = JSON.stringify([headline, state, context, reference, expiresAt, buttons]);
  return `approval:${createHash('sha256').update(content, 'utf8').digest('base64url').slice(0, 22)}`;
}
