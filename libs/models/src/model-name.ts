import type { ModelName } from './model.js';

/** `openrouter/anthropic/claude` → `openrouter` and `anthropic/claude`: only the first slash separates. */
export function splitModelName(name: ModelName): { provider: string; id: string } {
  const slash = name.indexOf('/');
  return { provider: name.slice(0, slash), id: name.slice(slash + 1) };
}
