export interface AgentWish {
  name: string;
  model: string;
  approvers?: readonly string[];
  minApprovals?: number;
  monthlyUsd?: number;
  /** A channel in Slack, in place of the terminal. */
  channel?: string;
  respondTo?: 'addressed' | 'all';
  /** An MCP server with a tool that reads logs. */
  logs?: string;
}

/** An agent that may read and, held, write GitHub issues. */
export function agentYaml({
  name,
  model,
  approvers = ['@priya'],
  minApprovals = 1,
  monthlyUsd = 50,
  channel,
  respondTo = 'addressed',
  logs,
}: AgentWish): string {
  return `apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata:
  name: ${name}
  workspace: acme
spec:
  surfaces:
    - ${channel === undefined ? 'type: terminal' : `{ type: slack, channel: '${channel}', respond_to: ${respondTo} }`}
  model_policy:
    default: ${model}
  tools:
    - name: github
      type: native
      permissions: ['issues:read', 'issues:write']${logs === undefined ? '' : logsTool(logs)}
  approvals:
    require_for: ['github.issues:write']
    approvers: [${approvers.map((handle) => `'${handle}'`).join(', ')}]
    min_approvals: ${minApprovals}
  budget:
    monthly_usd: ${monthlyUsd}
    per_task_usd: 1
`;
}

function logsTool(server: string): string {
  return `
    - { name: ci, type: mcp, server: '${server}', permissions: [tail_log], reads: [tail_log] }`;
}
