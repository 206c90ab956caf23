import type { ChatMessage } from '../model.js';
import type { ToolMessage } from './tell.js';

/** The last thing a person said, what came of it so far, and what was before. */
export interface Turn {
  text: string;
  results: readonly ToolMessage[];
  before: readonly ChatMessage[];
}

export function lastTurn(messages: readonly ChatMessage[]): Turn {
  const index = messages.findLastIndex(({ role }) => role === 'user');
  const said = messages[index];
  return {
    text: said?.role === 'user' ? said.text : '',
    results: resultsIn(messages.slice(index + 1)),
    before: messages.slice(0, Math.max(index, 0)),
  };
}

function resultsIn(messages: readonly ChatMessage[]): readonly ToolMessage[] {
  return messages.filter((message) => message.role === 'tool');
}
