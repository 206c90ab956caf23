// Written by schema-drift.test.ts from the migrated database (UPDATE=1 writes it anew); do not edit.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Read as parsed JSON, written as JSON text. */
type Jsonb = ColumnType<unknown, string, string>;

/** Every table, for Kysely. */
export interface Schema {
  actions: {
    id: string;
    workspace_id: string;
    agent_id: string;
    agent_revision: number;
    run_id: string | null;
    step: number | null;
    call_index: number | null;
    permission: string;
    args: string;
    terms: string;
    digest: string;
    effect_key: string;
    state: string;
    attempt: Generated<number>;
    fence: string | null;
    not_before: Date | null;
    execute_by: Date;
    started_at: Date | null;
    looks: Generated<number>;
    look_at: Date | null;
    outcome: ColumnType<unknown, string | null, string | null>;
    created_at: Generated<Date>;
    settled_at: Date | null;
  };
  agent_revisions: {
    workspace_id: string;
    agent_id: string;
    revision: number;
    digest: string;
    authority_digest: string;
    agent: Jsonb;
    message: string | null;
    applied_by: Jsonb;
    created_at: Generated<Date>;
    tool_pins: Jsonb;
  };
  agents: {
    id: string;
    workspace_id: string;
    name: string;
    state: Generated<string>;
    revision: number;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  api_keys: {
    id: string;
    workspace_id: string;
    principal_id: string;
    name: string;
    prefix: string;
    hash: string;
    scopes: string[];
    created_at: Generated<Date>;
    expires_at: Date | null;
    revoked_at: Date | null;
    last_used_at: Date | null;
  };
  approvals: {
    id: string;
    workspace_id: string;
    kind: string;
    action_id: string | null;
    agent_id: string;
    run_id: string | null;
    state: string;
    revision: Generated<number>;
    digest: string;
    permission: string | null;
    authority_digest: string;
    tool_digest: string | null;
    description: Jsonb;
    stated_reason: string | null;
    approvers: string[];
    min_approvals: number;
    self_approval: boolean;
    initiator_id: string;
    created_at: Generated<Date>;
    decide_by: Date;
    decided_at: Date | null;
    decision: ColumnType<unknown, string | null, string | null>;
  };
  audit_events: {
    workspace_id: string;
    seq: number;
    at: Date;
    body: string;
    prev: string;
    hash: string;
    name: GeneratedAlways<string>;
    actor: GeneratedAlways<string | null>;
    agent_id: GeneratedAlways<string | null>;
    run_id: GeneratedAlways<string | null>;
  };
  budget_counters: {
    workspace_id: string;
    scope: string;
    period: string;
    mode: string;
    limit_u: number;
    reserved_u: Generated<number>;
    spent_u: Generated<number>;
    overrun_u: Generated<number>;
  };
  budget_holds: {
    workspace_id: string;
    id: string;
    scopes: string[];
    periods: string[];
    amount_u: number;
    actual_u: number | null;
    run_id: string;
    model: string;
    simulated: boolean;
    state: string;
    expires_at: Date;
    created_at: Generated<Date>;
  };
  deliveries: {
    id: string;
    workspace_id: string;
    subject: string;
    surface: string;
    channel: string | null;
    thread_key: string;
    refs: Generated<string[]>;
    shown_digest: string | null;
    due_at: Generated<Date | null>;
    fence: string | null;
    lease_until: Date | null;
    must_look: Generated<boolean>;
    failures: Generated<number>;
    last_failure: string | null;
    gone: Generated<boolean>;
    created_at: Generated<Date>;
  };
  handles: {
    workspace_id: string;
    handle: string;
    principal_id: string | null;
    surface: string | null;
    group_id: string | null;
    created_at: Generated<Date>;
  };
  identity_links: {
    workspace_id: string;
    surface: string;
    external_id: string;
    principal_id: string;
    created_at: Generated<Date>;
    is_member: Generated<boolean>;
    checked_at: Generated<Date>;
  };
  messages: {
    workspace_id: string;
    session_id: string;
    seq: number;
    role: string;
    author_id: string | null;
    run_id: string | null;
    text: string;
    created_at: Generated<Date>;
    said_at: Generated<Date>;
  };
  outbox: {
    id: GeneratedAlways<number>;
    workspace_id: string;
    job: string;
    subject: string;
    claimed_at: Date | null;
    created_at: Generated<Date>;
  };
  principals: {
    id: string;
    workspace_id: string;
    handle: string;
    name: string;
    disabled_at: Date | null;
    created_at: Generated<Date>;
  };
  runs: {
    id: string;
    workspace_id: string;
    agent_id: string;
    revision: number;
    session_id: string;
    trigger_seq: number;
    trigger: Jsonb;
    initiator_id: string;
    state: string;
    lease_token: string | null;
    lease_until: Date | null;
    cancel_requested_by: string | null;
    active_ms: Generated<number>;
    stalls: Generated<number>;
    step_count: Generated<number>;
    cost_micros: Generated<number>;
    simulated: Generated<boolean>;
    outcome: ColumnType<unknown, string | null, string | null>;
    created_at: Generated<Date>;
    started_at: Date | null;
    finished_at: Date | null;
    said_at: Generated<Date>;
  };
  sessions: {
    id: string;
    workspace_id: string;
    agent_id: string;
    surface: string;
    thread_key: string;
    message_count: Generated<number>;
    created_at: Generated<Date>;
    muted_by: string | null;
  };
  steps: {
    workspace_id: string;
    run_id: string;
    ordinal: number;
    model: string;
    reply: Jsonb;
    calls: Jsonb;
    results: ColumnType<unknown, string | null, string | null>;
    input_tokens: number | null;
    output_tokens: number | null;
    cost_micros: number | null;
    latency_ms: number;
    created_at: Generated<Date>;
  };
  surface_events: {
    workspace_id: string;
    surface: string;
    event_key: string;
    session_id: string;
    run_id: string | null;
    received_at: Generated<Date>;
  };
  surface_groups: {
    workspace_id: string;
    surface: string;
    external_id: string;
    name: string;
    members: string[];
    refreshed_at: Generated<Date>;
    doubts: Generated<number>;
  };
  usage_records: {
    id: string;
    workspace_id: string;
    agent_id: string;
    run_id: string | null;
    principal_id: string | null;
    surface: string;
    channel: string | null;
    task_kind: string | null;
    model: string;
    input_tokens: Generated<number>;
    output_tokens: Generated<number>;
    cache_read_tokens: Generated<number>;
    cache_write_tokens: Generated<number>;
    cost_micros: number | null;
    simulated: boolean;
    outcome: string;
    hold_id: string | null;
    created_at: Generated<Date>;
  };
  votes: {
    workspace_id: string;
    approval_id: string;
    principal_id: string;
    verdict: string;
    digest: string;
    reason: string | null;
    via: string;
    created_at: Generated<Date>;
  };
  workspaces: {
    id: string;
    name: string;
    audit_seq: Generated<number>;
    audit_head: Generated<string>;
    created_at: Generated<Date>;
    button_key: Generated<string>;
  };
}
