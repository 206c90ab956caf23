import type { Brain } from '@openloop/simulators';

import { ANSWER_USAGE, READ_USAGE, turnOf, WRITE_USAGE } from './brains.js';
import { REPO } from './outside.js';

/** What the team is told when it only talks. */
export const SMALL_TALK = 'Glad to be of use.';

/**
 * Asked to "open" something: reads issue 1 and a log, proposes another, proposes it again under another title when that is
 * denied, and says what came of it. Anything else is small talk.
 */
export const teammateBrain: Brain = (request) => {
  const { asked, results } = turnOf(request);
  if (!/\bopen\b/i.test(asked)) return { text: SMALL_TALK, usage: ANSWER_USAGE };
  const [issue, log, first, second] = results;
  if (!issue || !log) {
    return {
      text: 'I look at what is there.',
      toolCalls: [
        { name: 'github_issues_read', arguments: { repo: REPO, number: 1 } },
        { name: 'ci_tail_log', arguments: { test: 'ingest' } },
      ],
      usage: READ_USAGE,
    };
  }
  if (!first) return proposal(titleOf(asked));
  if (!second && first.text.includes('denied')) return proposal(`${titleOf(asked)} (after #1)`);
  return { text: `Done: ${(second ?? first).text}`, usage: ANSWER_USAGE };
};

/** `open "Flaky ingest test"`. */
function titleOf(asked: string): string {
  return /"([^"]+)"/.exec(asked)?.[1] ?? asked;
}

function proposal(title: string) {
  return {
    text: 'The team has to know.',
    toolCalls: [
      { name: 'github_issues_write', arguments: { repo: REPO, title, body: 'It fails one time in ten.' } },
    ],
    usage: WRITE_USAGE,
  };
}
