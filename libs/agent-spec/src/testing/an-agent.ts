import type { Agent } from '../agent.js';
import { agentFrom } from '../effective-agent.js';
import { effectiveYaml } from '../digests.js';
import { AgentSchema, API_VERSION } from '../schema.js';

/** Parts of an agent to set; a section that is given keeps the defaults of what it leaves out. */
export type AgentOverrides = {
  readonly [K in keyof Agent]?: Agent[K] extends readonly unknown[] | string | null
    ? Agent[K]
    : Partial<Agent[K]>;
};

/** An agent for tests: reads and writes demo issues, writes are held for `@operator`, 5 USD a month. */
export function anAgent(overrides: AgentOverrides = {}): Agent {
  const agent = agentFrom(
    AgentSchema.parse({
      apiVersion: API_VERSION,
      metadata: { name: 'demo', workspace: 'default' },
      spec: {
        surfaces: [{ type: 'terminal' }],
        model_policy: { default: 'sim/demo' },
        tools: [{ name: 'demo', type: 'native', permissions: ['issues:read', 'issues:write'] }],
        approvals: { require_for: ['demo.issues:write'], approvers: ['@operator'] },
        budget: { monthly_usd: 5, per_task_usd: 0.5 },
      },
    }),
  );
  const { memory, modelPolicy, approvals, budget, limits } = overrides;
  return {
    ...agent,
    ...overrides,
    memory: { ...agent.memory, ...memory },
    modelPolicy: { ...agent.modelPolicy, ...modelPolicy },
    approvals: { ...agent.approvals, ...approvals },
    budget: { ...agent.budget, ...budget },
    limits: { ...agent.limits, ...limits },
  };
}

/** The same agent as a file that can be applied. */
export function anAgentYaml(overrides: AgentOverrides = {}): string {
  return effectiveYaml(anAgent(overrides));
}
