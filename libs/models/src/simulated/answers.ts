import type { ChatMessage } from '../model.js';
import { tellAll, type ToolMessage } from './tell.js';
import { lastTurn } from './turn.js';

const TRY =
  'Try “open an issue about the flaky ingest test”, “list issues”, “read issue 1”, “summarize: …”, ' +
  '“what did you just do?” or “run an expensive investigation”.';

const SHORT_WORDS = /^(?:the|and|for|with|about|that|this|our|use|using)$/;

export function greeting(): string {
  return `I am the simulated model: I follow a few fixed rules and cost nothing. ${TRY}`;
}

export function withoutTool(what: string): string {
  return `I have no tool to ${what} here, so nothing was changed. Allow one in the agent's file, or ask for something else. ${TRY}`;
}

/** Answers “what did you just do?” from the transcript alone. */
export function retold(before: readonly ChatMessage[]): string {
  const results = lastResults(before);
  if (results.length > 0)
    return `I called ${results.map(({ name }) => name).join(', ')}. ${tellAll(results)}`;
  const last = before.findLast((message) => message.role === 'assistant' && message.text !== '');
  if (last?.role === 'assistant') return `I called no tool. My last message was: “${last.text}”`;
  return 'Nothing yet: this is the start of our conversation.';
}

/** The results of the latest turn that had any. */
function lastResults(messages: readonly ChatMessage[]): readonly ToolMessage[] {
  let rest = messages;
  while (rest.length > 0) {
    const { results, before } = lastTurn(rest);
    if (results.length > 0) return results;
    rest = before;
  }
  return [];
}

/** Quotes the line that speaks of the topic: first from the instructions (what was remembered), then from the thread. */
export function recalled(topic: string, instructions: string, before: readonly ChatMessage[]): string {
  const words = wordsOf(topic);
  const lines = [
    instructions,
    ...before.flatMap((message) => (message.role === 'tool' ? [] : [message.text])),
  ]
    .flatMap((text) => text.split('\n'))
    .map((line) => line.replace(/^[\s*>-]+/, '').trim())
    .filter((line) => line !== '' && !line.endsWith('?'));
  const found = lines.find((line) => {
    const known = wordsOf(line);
    return words.length > 0 && words.every((word) => known.includes(word));
  });
  if (found !== undefined) return `What I have on ${topic}: “${found}”`;
  return `I remember nothing about ${topic === '' ? 'that' : topic}.`;
}

function wordsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => word.length > 2 && !SHORT_WORDS.test(word));
}

/** The first sentences of what was given, else of what was said in the thread. */
export function summarized(text: string, before: readonly ChatMessage[]): string {
  const given = text.length >= 40;
  const source = given ? text : saidIn(before);
  if (source === '') return 'There is nothing to summarize yet: paste a text after “summarize:”.';
  const sentences = source.match(/[^.!?\n]+[.!?]*/g)?.map((sentence) => sentence.trim()) ?? [];
  const words = source.split(/\s+/).filter(Boolean).length;
  const kept = sentences
    .filter(Boolean)
    .slice(0, given ? 2 : 5)
    .join(' ');
  return `In short (of ${words} words): ${kept}`;
}

function saidIn(messages: readonly ChatMessage[]): string {
  return messages
    .flatMap((message) =>
      message.role === 'tool' || message.text === '' ? [] : [`${message.role}: ${message.text}`],
    )
    .join('\n');
}
