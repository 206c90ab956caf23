import type { Card, CardButtons } from '@openloop/surfaces';

/** A card that waits for a decision, and nothing about it is remarkable. */
export function aCard(differs: Partial<Card> = {}): Card {
  return {
    headline: '⏳ Approval required: Create issue “Flaky test” in acme/ingestion',
    state: '⏳ Approval required:',
    summary: 'Create issue “Flaky test” in acme/ingestion',
    expiresAt: new Date('2026-11-22T12:00:00Z'),
    context: ['Approvers: @maintainers', '$0.0041 so far'],
    lines: [
      { label: 'Action', value: 'github.issues:write' },
      { label: 'Target', value: 'acme/ingestion' },
      { label: 'Risk', value: 'low' },
      { label: 'Asked by', value: '@priya' },
    ],
    args: [
      { label: 'Title', value: 'Flaky test: ingest.spec' },
      { label: 'Labels', value: 'bug, flaky' },
    ],
    statedReason: 'seen 4 times this week in CI',
    footer: 'apr_7Q2M9K · 0a1b2c3d4e · approvers: @maintainers',
    reference: 'apr_7Q2M9K · 0a1b2c3d4e',
    resultUrl: null,
    inspectable: true,
    ...differs,
  };
}

const ULID = '01JQ0000000000000000000000';

/** As long as real ones. */
export function someButtons(differs: Partial<CardButtons> = {}): CardButtons {
  const token = (verb: number): string => `1${verb}${ULID}${'A'.repeat(26)}`;
  return { approve: token(0), deny: token(1), details: token(2), confirm: false, ...differs };
}
