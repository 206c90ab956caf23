import type { Model, ModelError, ModelReply, ModelRequest } from '../model.js';
import { tokenUsage } from './builders.js';

/** A reply, an error to fail with, or a function of the request that makes a reply. */
export type ScriptedTurn =
  ModelReply | ModelError | ((request: ModelRequest) => ModelReply | Promise<ModelReply>);

/** Replies by a script, in order, and keeps what it was asked. Asked beyond the script, it fails. */
export class ScriptedModel implements Model {
  readonly asked: ModelRequest[] = [];
  readonly #script: ScriptedTurn[];

  constructor(...script: ScriptedTurn[]) {
    this.#script = script;
  }

  /** Adds to the end of the script. */
  willReply(...turns: ScriptedTurn[]): void {
    this.#script.push(...turns);
  }

  async reply(request: ModelRequest): Promise<ModelReply> {
    // Kept as it was now: a caller may go on to append to its list of messages.
    this.asked.push({ ...request, messages: [...request.messages] });
    const turn = this.#script.shift();
    if (turn === undefined)
      throw new Error(`The script is over, and the model was asked ${this.asked.length} times`);
    if (turn instanceof Error) throw turn;
    const reply = typeof turn === 'function' ? await turn(request) : turn;
    if (reply.text !== '') request.onText?.(reply.text);
    return reply;
  }
}

/** A reply in words, of 100 tokens in and 20 out. */
export function say(text: string, about: Partial<ModelReply> = {}): ModelReply {
  return { text, toolCalls: [], usage: tokenUsage(), finish: 'stop', ...about };
}

let calls = 0;

/** A reply that is one tool call; calls of one process never share an id. */
export function callTool(
  name: string,
  args: unknown = {},
  about: Partial<ModelReply> & { id?: string } = {},
): ModelReply {
  calls += 1;
  const { id = `call_${calls}`, ...rest } = about;
  const toolCalls = [{ id, name, arguments: args }];
  return { text: '', toolCalls, usage: tokenUsage(), finish: 'tool_calls', ...rest };
}
