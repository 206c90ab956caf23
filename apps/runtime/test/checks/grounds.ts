import { parseAgents, type Agent } from '@openloop/agent-spec';
import type { Check } from '@openloop/surfaces';

import { loadConfig } from '../../src/config.js';
import type { Grounds } from '../../src/checks/grounds.js';

/** Grounds with these settings and nothing else. */
export function groundsOf(env: Record<string, string> = {}, more: Partial<Grounds> = {}): Grounds {
  const config = loadConfig(env);
  return { config, isServing: false, database: { state: 'absent' }, agents: async () => [], ...more };
}

/** An agent as its file says it; `spec` is what is special about it, in YAML, indented by two. */
export function agentOf(name: string, spec: string): Agent {
  const model = spec.includes('model_policy:') ? '' : '  model_policy:\n    default: sim/demo\n';
  const text = `apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata:
  name: ${name}
  workspace: default
spec:
${model}${spec}`;
  const { documents, problems } = parseAgents(text, `${name}.yaml`);
  const [document] = documents;
  if (!document) throw new Error(JSON.stringify(problems));
  return document.agent;
}

export const never = new AbortController().signal;

export function checkOf(checks: readonly Check[], name: string): Check {
  const found = checks.find((check) => check.name === name);
  if (!found) throw new Error(`No check ${name} in ${JSON.stringify(checks)}`);
  return found;
}
