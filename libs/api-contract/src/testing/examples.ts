import type { AgentSummary, BudgetView } from '../views/agent.js';
import type { ApprovalView } from '../views/approval.js';
import type { AuditView } from '../views/audit.js';
import type { RunView } from '../views/run.js';

const AT = '2026-11-20T14:02:11.402Z';
const DIGEST = '9f3c51be09ab77d0'.repeat(4);

export function exampleBudget(changes: Partial<BudgetView> = {}): BudgetView {
  return {
    agent: 'demo',
    monthly_usd: '50.00',
    per_task_usd: '0.50',
    on_exceeded: 'block',
    spent_usd: '31.20',
    simulated_spent_usd: '0.0031',
    resets_at: '2026-12-01T00:00:00.000Z',
    ...changes,
  };
}

export function exampleAgent(changes: Partial<AgentSummary> = {}): AgentSummary {
  return {
    id: 'agt_01JQ0000000000000000000001',
    name: 'demo',
    workspace: 'acme',
    state: 'active',
    revision: 8,
    digest: DIGEST,
    description: 'Opens issues',
    surfaces: ['slack #dev-platform'],
    model: 'sim/demo',
    budget: exampleBudget(),
    held: 1,
    last_run_at: AT,
    updated_at: AT,
    ...changes,
  };
}

export function exampleRun(changes: Partial<RunView> = {}): RunView {
  return {
    id: 'run_01JQ000000000000000000AAAA',
    short_id: 'run_0000AAAA',
    agent: 'demo',
    revision: 8,
    status: 'completed',
    surface: 'terminal',
    thread: 'thread-1',
    initiator: '@operator',
    input: 'Open an issue about the flaky ingest test',
    answer: 'I opened demo/ingestion#1.',
    failure: null,
    steps: 2,
    cost: { usd: '0.0031', simulated: true },
    approvals: [],
    created_at: AT,
    started_at: AT,
    finished_at: AT,
    ...changes,
  };
}

export function exampleApproval(changes: Partial<ApprovalView> = {}): ApprovalView {
  return {
    id: 'apr_01JQ0000000000000007Q2M9K8',
    short_id: 'apr_07Q2M9K8',
    kind: 'approve',
    status: 'held',
    revision: 1,
    digest: DIGEST,
    agent: 'demo',
    run: 'run_01JQ000000000000000000AAAA',
    permission: 'demo.issues:write',
    summary: 'Create issue “Flaky test: ingest.spec” in demo/ingestion',
    target: 'demo/ingestion',
    risk: 'medium',
    risk_reason: 'public repository',
    card: {
      headline: '⏳ Approval required: Create issue “Flaky test: ingest.spec” in demo/ingestion',
      lines: [
        { label: 'Action', value: 'demo.issues:write' },
        { label: 'Target', value: 'demo/ingestion' },
      ],
      args: [{ label: 'title', value: 'Flaky test: ingest.spec' }],
      diff: null,
      stated_reason: 'it failed 4 times this week',
      footer: 'apr_07Q2M9K8 · 9f3c51be09 · approvers: @operator',
      inspectable: true,
    },
    approvers: ['@operator'],
    min_approvals: 1,
    votes: [],
    initiator: '@operator',
    self_approval: true,
    created_at: AT,
    decide_by: '2099-11-21T14:02:11.402Z',
    decision: null,
    action: { id: 'act_01JQ0000000000000000000001', state: 'held', outcome: null },
    ...changes,
  };
}

export function exampleAuditEntry(changes: Partial<AuditView> = {}): AuditView {
  return {
    seq: 7,
    at: AT,
    name: 'approval.decided',
    actor: { kind: 'principal', id: 'usr_01', handle: '@max' },
    facts: { approvalId: 'apr_01JQ0000000000000007Q2M9K8', verdict: 'approved', via: 'web' },
    hash: DIGEST,
    ...changes,
  };
}
