import type { ModelRequest, TokenUsage, ToolDefinition } from '../model.js';

export function tokenUsage(about: Partial<TokenUsage> = {}): TokenUsage {
  return { input: 100, output: 20, cacheRead: 0, cacheWrite: 0, ...about };
}

export function toolDefinition(about: Partial<ToolDefinition> = {}): ToolDefinition {
  return {
    name: 'github_issues_write',
    description: 'Creates an issue',
    parameters: {
      type: 'object',
      properties: {
        repo: { type: 'string' },
        title: { type: 'string' },
        body: { type: 'string' },
        labels: { type: 'array', items: { type: 'string' } },
      },
      required: ['repo', 'title'],
      additionalProperties: false,
    },
    ...about,
  };
}

export function modelRequest(about: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'sim/demo',
    instructions: 'You help the team.',
    messages: [{ role: 'user', text: 'Hello' }],
    tools: [],
    maxOutputTokens: 1_024,
    signal: new AbortController().signal,
    ...about,
  };
}
