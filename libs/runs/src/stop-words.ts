import { showUsd, type MicroUsd } from '@openloop/kernel';

import type { RunOutcome, StopCode } from './run.js';

/** What a person is told when a run stops without an answer: what was not done, and what to do next. */
const WORDS: Record<Exclude<StopCode, 'budget_exceeded'>, string> = {
  model_price_unknown:
    '⛔ This agent has a budget, but its model has no known price, so I did not start. Choose a priced model or remove the budget.',
  model_failed:
    '⚠️ The model could not be reached and I stopped. Nothing more will run. Try again, or ask an admin to look.',
  step_limit:
    '⛔ This task reached its step limit and I stopped. Nothing more will run. Ask again with a smaller task.',
  time_limit:
    '⛔ This task reached its time limit and I stopped. Nothing more will run. Ask again with a smaller task.',
  malformed_calls:
    '⚠️ I could not form a valid tool call and stopped. Nothing was changed by those calls. Try to be more specific.',
  no_answer:
    '⚠️ The model gave no answer and I stopped. Nothing more will run. Ask again, perhaps with a smaller task.',
  agent_paused: '⛔ This agent is paused, so I did not go on. An admin can resume it.',
  internal:
    '⚠️ Something went wrong on my side and I stopped. Nothing more will run. Try again, or ask an admin to look.',
};

export function stopped(code: Exclude<StopCode, 'budget_exceeded'>, detail: string): RunOutcome {
  return { kind: 'stopped', code, text: WORDS[code], detail };
}

/** Names the level that binds, so that nobody looks at the wrong limit. */
export function stoppedByBudget(
  room: { scope: string; limitMicros: MicroUsd; spentMicros: MicroUsd },
  steps: number,
): RunOutcome {
  const isTask = room.scope.startsWith('run:');
  const limit = showUsd(room.limitMicros);
  const when =
    steps === 0
      ? 'I stopped before starting; nothing was changed.'
      : `I stopped after ${steps} steps; nothing more will run.`;
  const text = isTask
    ? `⛔ This task reached its ${limit} limit. ${when} Ask again to start a new task, or raise budget.per_task_usd.`
    : `⛔ Monthly budget reached (${showUsd(room.spentMicros)} of ${limit}). ${when} It resets on the 1st; an admin can raise budget.monthly_usd.`;
  return { kind: 'stopped', code: 'budget_exceeded', text, detail: `${room.scope} has no room` };
}
