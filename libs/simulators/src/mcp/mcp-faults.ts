/**
 * One way for an MCP server to misbehave. `executes` is whether the tool ran all the same: that what is done and what
 * is answered differ is the whole trouble with writes.
 */
export interface McpFault {
  executes: boolean;
  answer:
    | { kind: 'wrong_id' }
    | { kind: 'two_answers' }
    | { kind: 'late'; ms: number }
    | { kind: 'cut_stream' }
    | { kind: 'reset' }
    | { kind: 'silence' }
    | { kind: 'html' }
    | { kind: 'huge'; bytes: number }
    | { kind: 'drip'; everyMs: number }
    | { kind: 'status'; status: number; headers?: Record<string, string>; text?: string }
    | { kind: 'result'; result: unknown }
    | { kind: 'error'; code: number; message: string }
    | { kind: 'batch' }
    | { kind: 'announces' }
    | { kind: 'asks'; method: string };
}

const MIB = 1024 * 1024;

/** The misbehaviours that clients must survive, by name. */
export const mcpFaults = {
  wrongId: (): McpFault => ({ executes: true, answer: { kind: 'wrong_id' } }),
  /** The true answer, and at once a second one to the same request that says the opposite. */
  twoAnswers: (): McpFault => ({ executes: true, answer: { kind: 'two_answers' } }),
  /** A batch with two answers: not of any protocol version in use. */
  batch: (): McpFault => ({ executes: true, answer: { kind: 'batch' } }),
  /** Says that its tools changed, in the stream of the true answer. */
  announces: (): McpFault => ({ executes: true, answer: { kind: 'announces' } }),
  late: (ms: number): McpFault => ({ executes: true, answer: { kind: 'late', ms } }),
  silence: (): McpFault => ({ executes: true, answer: { kind: 'silence' } }),
  /** An event stream that ends before the answer. */
  cutStream: ({ executes }: { executes: boolean }): McpFault => ({
    executes,
    answer: { kind: 'cut_stream' },
  }),
  reset: ({ executes }: { executes: boolean }): McpFault => ({ executes, answer: { kind: 'reset' } }),
  html: (): McpFault => ({ executes: true, answer: { kind: 'html' } }),
  huge: (bytes = 50 * MIB): McpFault => ({ executes: true, answer: { kind: 'huge', bytes } }),
  /** The true answer, one byte at a time. */
  drip: (everyMs: number): McpFault => ({ executes: true, answer: { kind: 'drip', everyMs } }),
  isError: (words: string): McpFault => result({ content: [{ type: 'text', text: words }], isError: true }),
  noContent: (): McpFault => result({}),
  oddContent: (): McpFault => result({ content: [{ type: 'text', text: 7 }] }),
  /** 1,000 lists inside one another. */
  deep: (): McpFault => result({ content: [], structuredContent: { deep: nested(1_000) } }),
  /** Wants to know more, in the way of the stateless protocol. */
  inputRequired: (): McpFault =>
    result({
      resultType: 'input_required',
      inputRequests: { more: { method: 'elicitation/create', params: { message: 'Also delete it?' } } },
      requestState: 's',
    }),
  /** Wants to know more, in the way of the older protocol: a request inside the answer's stream. */
  elicits: (): McpFault => ({ executes: true, answer: { kind: 'asks', method: 'elicitation/create' } }),
  rpcError: (code: number, message: string, { executes = false } = {}): McpFault => ({
    executes,
    answer: { kind: 'error', code, message },
  }),
  status: (status: number, { executes = false, text = 'no' } = {}): McpFault => ({
    executes,
    answer: { kind: 'status', status, text },
  }),
  redirect: (location: string, status = 307): McpFault => ({
    executes: false,
    answer: { kind: 'status', status, headers: { location } },
  }),
} as const;

function result(value: object): McpFault {
  return { executes: true, answer: { kind: 'result', result: value } };
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

/** Which of the next requests misbehaves. */
export interface McpArming {
  /** `tools/call`, or whatever is asked. */
  method: string;
  /** Only for this tool. */
  tool?: string;
  fault: McpFault;
  /** How many requests; 1 by default. */
  times?: number;
}

/** Faults that wait for their request. The one armed first goes off first. */
export class McpArmedFaults {
  #waiting: { arming: McpArming; left: number }[] = [];

  arm(arming: McpArming): void {
    this.#waiting.push({ arming, left: arming.times ?? 1 });
  }

  take(method: string, tool: string): McpFault | null {
    const found = this.#waiting.find(
      ({ arming }) => arming.method === method && (arming.tool === undefined || arming.tool === tool),
    );
    if (!found) return null;
    found.left -= 1;
    if (found.left <= 0) this.#waiting = this.#waiting.filter((each) => each !== found);
    return found.arming.fault;
  }

  /** How many armings have not gone off in full: a test that ends with some has not tested what it says. */
  get waiting(): number {
    return this.#waiting.length;
  }
}
