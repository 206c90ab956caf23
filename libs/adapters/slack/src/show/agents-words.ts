import { cut, oneLine } from './plain-text.js';

const MOST = 600;

/** In one line and in our quotation marks, so that it cannot go on as if we were speaking. */
export function agentsWords(statedReason: string): string {
  const words = cut(oneLine(statedReason).replace(/[“”„«»]/gu, '"'), MOST);
  return `Agent’s words (not verified): “${words}”`;
}
