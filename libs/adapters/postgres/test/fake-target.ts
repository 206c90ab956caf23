import type { Permission } from '@openloop/kernel';
import type { ReadResult, ReadTool, Reconciliation, Risk, WriteResult, WriteTool } from '@openloop/tools';
import { z } from 'zod';

const Issue = z.strictObject({ repo: z.string().min(1), title: z.string().min(1).max(200) });
export type IssueArgs = z.infer<typeof Issue>;

interface Sent {
  permission: Permission;
  effectKey: string;
  args: unknown;
}

type Answer<Result> = Result | Error | ((sent: Sent) => Result | Promise<Result>);

/** The far end of every tool: what reached it is the truth, whatever the database says. */
export class FakeTarget {
  readonly sent: Sent[] = [];
  readonly looks: string[] = [];
  readonly reads: unknown[] = [];
  risk: Risk = 'low';
  #writes: Answer<WriteResult>[] = [];
  #reads: Answer<ReadResult>[] = [];
  #looks: Answer<Reconciliation>[] = [];

  /** How the next writes end; after that they are done. */
  willWrite(...answers: Answer<WriteResult>[]): void {
    this.#writes.push(...answers);
  }

  willRead(...answers: Answer<ReadResult>[]): void {
    this.#reads.push(...answers);
  }

  /** What the next looks find; after that they find nothing. */
  willFind(...answers: Answer<Reconciliation>[]): void {
    this.#looks.push(...answers);
  }

  /** The tools in front of it. `words` change the definition, as an update of a tool does. */
  tools(words = ''): [ReadTool<IssueArgs>, WriteTool<IssueArgs>, WriteTool<IssueArgs>] {
    return [
      this.#reader(words),
      this.#writer('demo.issues:write', words),
      this.#writer('demo.issues:close', words),
    ];
  }

  /** Tools with the same definitions that offer no way to look. */
  blindTools(): WriteTool<IssueArgs>[] {
    const [, ...writers] = this.tools();
    return writers.map(({ reconcile: _reconcile, ...tool }) => tool);
  }

  #reader(words: string): ReadTool<IssueArgs> {
    return {
      permission: 'demo.issues:read',
      effect: 'read',
      description: `Reads an issue${words}`,
      parameters: Issue,
      describe: (args) => this.#describe('Read', args),
      run: async (args, { effectKey }) => {
        this.reads.push(args);
        const answer = this.#reads.shift() ?? { summary: 'One issue', data: { title: args.title } };
        return given(answer, { permission: 'demo.issues:read', effectKey, args });
      },
    };
  }

  #writer(permission: Permission, words: string): WriteTool<IssueArgs> {
    return {
      permission,
      effect: 'write',
      description: `Writes an issue${words}`,
      parameters: Issue,
      describe: (args) => this.#describe('Create', args),
      run: async (args, { effectKey }) => {
        const sent = { permission, effectKey, args };
        this.sent.push(sent);
        const { length } = this.sent;
        const done = {
          kind: 'done' as const,
          summary: `Opened #${length}`,
          data: {},
          externalId: `${length}`,
        };
        return given(this.#writes.shift() ?? done, sent);
      },
      reconcile: async (args, { effectKey }) => {
        this.looks.push(effectKey);
        return given(this.#looks.shift() ?? { kind: 'not_found' as const }, { permission, effectKey, args });
      },
    };
  }

  #describe(verb: string, { repo, title }: IssueArgs) {
    return {
      summary: `${verb} issue “${title}” in ${repo}`,
      target: repo,
      fields: [
        { label: 'repo', value: repo },
        { label: 'title', value: title },
      ],
      risk: this.risk,
    };
  }
}

async function given<Result>(answer: Answer<Result>, sent: Sent): Promise<Result> {
  if (answer instanceof Error) throw answer;
  // A result is never a function.
  return typeof answer === 'function' ? (answer as (sent: Sent) => Result)(sent) : answer;
}
