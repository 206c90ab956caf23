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

/**
 * A failed model is several different things to whoever has to mend it. `detail` is `Models`' or a `ModelError`'s own
 * sentence; it only chooses the words and is never shown.
 */
export function stopped(code: Exclude<StopCode, 'budget_exceeded'>, detail: string): RunOutcome {
  const text = code === 'model_failed' ? modelWords(detail) : WORDS[code];
  return { kind: 'stopped', code, text, detail };
}

/** The first that fits the detail. A provider's answer is told from its status alone. */
const MODEL_WORDS: readonly [RegExp, string][] = [
  [
    /^Model provider "[^"]*" is not connected/,
    '⛔ The provider of this agent’s model is not connected, so I stopped. Nothing more will run. `openloop agents describe NAME` says which: an admin sets its key and restarts.',
  ],
  [
    /^\S+ answered 40[13]\b/,
    '⛔ The model’s provider refused our key and I stopped. Nothing more will run. `openloop agents describe NAME` shows the model: an admin checks the key of its provider and restarts.',
  ],
  [
    /^\S+ answered [45]29\b/,
    '⚠️ The model’s provider takes no more requests from us now, so I stopped. Nothing more will run. Try again later, or ask an admin to look at the quota there.',
  ],
  [
    /^\S+ answered (408|5\d\d)\b/,
    '⚠️ The model’s provider failed and I stopped. Nothing more will run. Try again, or ask an admin to look.',
  ],
  [
    /^\S+ answered 4\d\d\b/,
    '⛔ The model’s provider rejected the request and I stopped. Nothing more will run. `openloop agents describe NAME` shows the model: an admin checks its name, and the answer’s code in `openloop audit list`.',
  ],
];

function modelWords(detail: string): string {
  return MODEL_WORDS.find(([pattern]) => pattern.test(detail))?.[1] ?? WORDS.model_failed;
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
