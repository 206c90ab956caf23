import type { Brain, BrainRequest, ToolAnswer } from '@openloop/simulators';

export const READ_USAGE = { input: 1_200, output: 40 };
export const WRITE_USAGE = { input: 1_500, output: 60 };
export const ANSWER_USAGE = { input: 1_800, output: 30 };

/** What the person asked last, and the tool results since. */
export function turnOf({ messages }: BrainRequest): { asked: string; results: readonly ToolAnswer[] } {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return {
    asked: messages[last]?.text ?? '',
    results: messages.slice(last + 1).flatMap(({ toolResults }) => toolResults ?? []),
  };
}

const REPO = 'acme/shop';

/** Reads issue 1, asks to open another one titled as the person asked, then says what came of it. */
export const issueBrain: Brain = (request) => {
  const { asked, results } = turnOf(request);
  const [read, written] = results;
  if (!read) {
    return {
      text: 'I look at what is there.',
      toolCalls: [{ name: 'github_issues_read', arguments: { repo: REPO, number: 1 } }],
      usage: READ_USAGE,
    };
  }
  if (!written) {
    return {
      text: 'The team has to know.',
      toolCalls: [
        { name: 'github_issues_write', arguments: { repo: REPO, title: asked, body: 'It fails.' } },
      ],
      usage: WRITE_USAGE,
    };
  }
  return { text: `Result: ${written.text}`, usage: ANSWER_USAGE };
};

/** Asks at once to open an issue titled as the person asked, then says what came of it. */
export const writeBrain: Brain = (request) => {
  const { asked, results } = turnOf(request);
  const [written] = results;
  if (written) return { text: `Result: ${written.text}`, usage: ANSWER_USAGE };
  return {
    toolCalls: [{ name: 'github_issues_write', arguments: { repo: REPO, title: asked } }],
    usage: WRITE_USAGE,
  };
};

/** Repeats the question. */
export const plainBrain: Brain = (request) => ({
  text: `You said: ${turnOf(request).asked}`,
  usage: ANSWER_USAGE,
});
