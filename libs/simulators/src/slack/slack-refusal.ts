import type { JsonObject } from '../loopback.js';

/** `{ok: false, error}`, with status 200, which is how Slack refuses. */
export class SlackRefusal extends Error {
  readonly body: JsonObject;

  constructor(
    readonly error: string,
    details: JsonObject = {},
  ) {
    super(error);
    this.body = { ok: false, error, ...details };
  }
}

/** With the words for a developer that Slack adds to a refusal of arguments. */
export function refusedArguments(error: string, problems: readonly string[]): SlackRefusal {
  return new SlackRefusal(error, {
    errors: [...problems],
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  });
}
