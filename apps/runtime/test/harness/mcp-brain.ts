import type { Brain } from '@openloop/simulators';

import { ANSWER_USAGE, turnOf, WRITE_USAGE } from './brains.js';

/** A call as a model makes it: by the function's name. */
export interface AskedCall {
  name: string;
  arguments: Record<string, unknown>;
}

/** A task that names its calls, one after the other. */
export function task(...calls: readonly AskedCall[]): string {
  return JSON.stringify(calls);
}

/** Does what it is told, call by call, whatever that is, and then says what came of each. */
export const obedientBrain: Brain = (request) => {
  const { asked, results } = turnOf(request);
  const calls = JSON.parse(asked) as AskedCall[]; // `task` wrote it
  const next = calls[results.length];
  if (next) return { text: 'As told.', toolCalls: [next], usage: WRITE_USAGE };
  return { text: results.map(({ text }) => text).join('\n'), usage: ANSWER_USAGE };
};
