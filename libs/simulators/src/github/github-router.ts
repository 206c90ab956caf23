import type { Endpoint } from './github-call.js';
import { issueEndpoints } from './github-issues.js';
import { pullEndpoints } from './github-pulls.js';
import { repoEndpoints } from './github-repos.js';

const endpoints = [...repoEndpoints, ...issueEndpoints, ...pullEndpoints].map((endpoint) => ({
  endpoint,
  pattern: patternOf(endpoint.path),
}));

export interface Match {
  endpoint: Endpoint;
  params: Readonly<Record<string, string>>;
}

export function route(method: string, path: string): Match | null {
  for (const { endpoint, pattern } of endpoints) {
    if (endpoint.method !== method) continue;
    const found = pattern.exec(path);
    if (found) return { endpoint, params: decoded(found.groups ?? {}) };
  }
  return null;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/gu, '(?<$1>[^/]+)').replace(/\*(\w+)/gu, '(?<$1>.+)')}$`, 'u');
}

function decoded(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
}

/** What is not percent-encoding stays as it is, and is then found nowhere. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
