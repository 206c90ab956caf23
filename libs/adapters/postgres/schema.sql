-- table actions
  id text NOT NULL
  workspace_id text NOT NULL
  agent_id text NOT NULL
  agent_revision integer NOT NULL
  run_id text
  step integer
  call_index integer
  permission text NOT NULL
  args text NOT NULL
  terms text NOT NULL
  digest text NOT NULL
  effect_key text NOT NULL
  state text NOT NULL
  attempt integer NOT NULL DEFAULT 0
  fence text
  not_before timestamp with time zone
  execute_by timestamp with time zone NOT NULL
  started_at timestamp with time zone
  looks integer NOT NULL DEFAULT 0
  look_at timestamp with time zone
  outcome jsonb
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  settled_at timestamp with time zone

-- table agent_revisions
  workspace_id text NOT NULL
  agent_id text NOT NULL
  revision integer NOT NULL
  digest text NOT NULL
  authority_digest text NOT NULL
  agent jsonb NOT NULL
  message text
  applied_by jsonb NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  tool_pins jsonb NOT NULL DEFAULT '[]'::jsonb

-- table agents
  id text NOT NULL
  workspace_id text NOT NULL
  name text NOT NULL
  state text NOT NULL DEFAULT 'active'::text
  revision integer NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table api_keys
  id text NOT NULL
  workspace_id text NOT NULL
  principal_id text NOT NULL
  name text NOT NULL
  prefix text NOT NULL
  hash text NOT NULL
  scopes text[] NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  expires_at timestamp with time zone
  revoked_at timestamp with time zone
  last_used_at timestamp with time zone

-- table approvals
  id text NOT NULL
  workspace_id text NOT NULL
  kind text NOT NULL
  action_id text
  agent_id text NOT NULL
  run_id text
  state text NOT NULL
  revision integer NOT NULL DEFAULT 1
  digest text NOT NULL
  permission text
  authority_digest text NOT NULL
  tool_digest text
  description jsonb NOT NULL
  stated_reason text
  approvers text[] NOT NULL
  min_approvals integer NOT NULL
  self_approval boolean NOT NULL
  initiator_id text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  decide_by timestamp with time zone NOT NULL
  decided_at timestamp with time zone
  decision jsonb

-- table audit_events
  workspace_id text NOT NULL
  seq bigint NOT NULL
  at timestamp with time zone NOT NULL
  body text NOT NULL
  prev text NOT NULL
  hash text NOT NULL
  name text NOT NULL GENERATED (((body)::jsonb ->> 'name'::text))
  actor text GENERATED (COALESCE(((body)::jsonb #>> '{actor,handle}'::text[]), ((body)::jsonb #>> '{actor,name}'::text[]), ((body)::jsonb #>> '{actor,kind}'::text[])))
  agent_id text GENERATED (((body)::jsonb #>> '{facts,agentId}'::text[]))
  run_id text GENERATED (((body)::jsonb #>> '{facts,runId}'::text[]))

-- table budget_counters
  workspace_id text NOT NULL
  scope text NOT NULL
  period text NOT NULL
  mode text NOT NULL
  limit_u bigint NOT NULL
  reserved_u bigint NOT NULL DEFAULT 0
  spent_u bigint NOT NULL DEFAULT 0
  overrun_u bigint NOT NULL DEFAULT 0

-- table budget_holds
  workspace_id text NOT NULL
  id text NOT NULL
  scopes text[] NOT NULL
  periods text[] NOT NULL
  amount_u bigint NOT NULL
  actual_u bigint
  run_id text NOT NULL
  model text NOT NULL
  simulated boolean NOT NULL
  state text NOT NULL
  expires_at timestamp with time zone NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table deliveries
  id text NOT NULL
  workspace_id text NOT NULL
  subject text NOT NULL
  surface text NOT NULL
  channel text
  thread_key text NOT NULL
  refs text[] NOT NULL DEFAULT '{}'::text[]
  shown_digest text
  due_at timestamp with time zone DEFAULT clock_timestamp()
  fence text
  lease_until timestamp with time zone
  must_look boolean NOT NULL DEFAULT false
  failures integer NOT NULL DEFAULT 0
  last_failure text
  gone boolean NOT NULL DEFAULT false
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table handles
  workspace_id text NOT NULL
  handle text NOT NULL
  principal_id text
  surface text
  group_id text
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table identity_links
  workspace_id text NOT NULL
  surface text NOT NULL
  external_id text NOT NULL
  principal_id text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  is_member boolean NOT NULL DEFAULT true
  checked_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table messages
  workspace_id text NOT NULL
  session_id text NOT NULL
  seq integer NOT NULL
  role text NOT NULL
  author_id text
  run_id text
  text text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  said_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table outbox
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
  workspace_id text NOT NULL
  job text NOT NULL
  subject text NOT NULL
  claimed_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table principals
  id text NOT NULL
  workspace_id text NOT NULL
  handle text NOT NULL
  name text NOT NULL
  disabled_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table runs
  id text NOT NULL
  workspace_id text NOT NULL
  agent_id text NOT NULL
  revision integer NOT NULL
  session_id text NOT NULL
  trigger_seq integer NOT NULL
  trigger jsonb NOT NULL
  initiator_id text NOT NULL
  state text NOT NULL
  lease_token text
  lease_until timestamp with time zone
  cancel_requested_by text
  active_ms bigint NOT NULL DEFAULT 0
  stalls integer NOT NULL DEFAULT 0
  step_count integer NOT NULL DEFAULT 0
  cost_micros bigint NOT NULL DEFAULT 0
  simulated boolean NOT NULL DEFAULT false
  outcome jsonb
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  started_at timestamp with time zone
  finished_at timestamp with time zone
  said_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table schema_migrations
  version integer NOT NULL
  name text NOT NULL
  checksum text NOT NULL
  applied_at timestamp with time zone NOT NULL DEFAULT now()

-- table sessions
  id text NOT NULL
  workspace_id text NOT NULL
  agent_id text NOT NULL
  surface text NOT NULL
  thread_key text NOT NULL
  message_count integer NOT NULL DEFAULT 0
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  muted_by text

-- table steps
  workspace_id text NOT NULL
  run_id text NOT NULL
  ordinal integer NOT NULL
  model text NOT NULL
  reply jsonb NOT NULL
  calls jsonb NOT NULL
  results jsonb
  input_tokens integer
  output_tokens integer
  cost_micros bigint
  latency_ms integer NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table surface_events
  workspace_id text NOT NULL
  surface text NOT NULL
  event_key text NOT NULL
  session_id text NOT NULL
  run_id text
  received_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table surface_groups
  workspace_id text NOT NULL
  surface text NOT NULL
  external_id text NOT NULL
  name text NOT NULL
  members text[] NOT NULL
  refreshed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  doubts integer NOT NULL DEFAULT 0

-- table usage_records
  id text NOT NULL
  workspace_id text NOT NULL
  agent_id text NOT NULL
  run_id text
  principal_id text
  surface text NOT NULL
  channel text
  task_kind text
  model text NOT NULL
  input_tokens bigint NOT NULL DEFAULT 0
  output_tokens bigint NOT NULL DEFAULT 0
  cache_read_tokens bigint NOT NULL DEFAULT 0
  cache_write_tokens bigint NOT NULL DEFAULT 0
  cost_micros bigint
  simulated boolean NOT NULL
  outcome text NOT NULL
  hold_id text
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table votes
  workspace_id text NOT NULL
  approval_id text NOT NULL
  principal_id text NOT NULL
  verdict text NOT NULL
  digest text NOT NULL
  reason text
  via text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()

-- table workspaces
  id text NOT NULL
  name text NOT NULL
  audit_seq bigint NOT NULL DEFAULT 0
  audit_head text NOT NULL DEFAULT repeat('0'::text, 64)
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
  button_key text NOT NULL DEFAULT replace(((gen_random_uuid())::text || (gen_random_uuid())::text), '-'::text, ''::text)

-- constraints of actions
  actions_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id)
  actions_check CHECK (((state = 'started'::text) = (fence IS NOT NULL)))
  actions_check1 CHECK (((state = ANY (ARRAY['done'::text, 'failed'::text, 'refused'::text])) = (settled_at IS NOT NULL)))
  actions_pkey PRIMARY KEY (id)
  actions_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id)
  actions_run_id_step_call_index_key UNIQUE (run_id, step, call_index)
  actions_state_check CHECK ((state = ANY (ARRAY['held'::text, 'ready'::text, 'started'::text, 'done'::text, 'failed'::text, 'unknown'::text, 'needs_human'::text, 'refused'::text])))
  actions_workspace_id_effect_key_key UNIQUE (workspace_id, effect_key)
  actions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of agent_revisions
  agent_revisions_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id)
  agent_revisions_pkey PRIMARY KEY (agent_id, revision)
  agent_revisions_revision_check CHECK ((revision >= 1))
  agent_revisions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of agents
  agents_pkey PRIMARY KEY (id)
  agents_revision_check CHECK ((revision >= 1))
  agents_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text])))
  agents_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)
  agents_workspace_id_name_key UNIQUE (workspace_id, name)

-- constraints of api_keys
  api_keys_hash_key UNIQUE (hash)
  api_keys_pkey PRIMARY KEY (id)
  api_keys_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES principals(id)
  api_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of approvals
  approvals_action_id_fkey FOREIGN KEY (action_id) REFERENCES actions(id)
  approvals_action_id_key UNIQUE (action_id)
  approvals_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id)
  approvals_check CHECK (((state = 'pending'::text) = (decided_at IS NULL)))
  approvals_initiator_id_fkey FOREIGN KEY (initiator_id) REFERENCES principals(id)
  approvals_kind_check CHECK ((kind = ANY (ARRAY['approve'::text, 'choose'::text, 'input'::text])))
  approvals_min_approvals_check CHECK (((min_approvals >= 1) AND (min_approvals <= 20)))
  approvals_pkey PRIMARY KEY (id)
  approvals_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id)
  approvals_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'denied'::text, 'answered'::text, 'expired'::text, 'cancelled'::text, 'stale'::text])))
  approvals_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of audit_events
  audit_events_pkey PRIMARY KEY (workspace_id, seq)
  audit_events_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of budget_counters
  budget_counters_check CHECK (((mode = 'warn'::text) OR ((spent_u + reserved_u) <= (limit_u + overrun_u))))
  budget_counters_limit_u_check CHECK ((limit_u >= 0))
  budget_counters_mode_check CHECK ((mode = ANY (ARRAY['block'::text, 'warn'::text])))
  budget_counters_overrun_u_check CHECK ((overrun_u >= 0))
  budget_counters_pkey PRIMARY KEY (workspace_id, scope, period)
  budget_counters_reserved_u_check CHECK ((reserved_u >= 0))
  budget_counters_spent_u_check CHECK ((spent_u >= 0))
  budget_counters_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of budget_holds
  budget_holds_amount_u_check CHECK ((amount_u >= 0))
  budget_holds_pkey PRIMARY KEY (workspace_id, id)
  budget_holds_state_check CHECK ((state = ANY (ARRAY['held'::text, 'settled'::text, 'charged'::text, 'released'::text])))
  budget_holds_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of deliveries
  deliveries_check CHECK (((fence IS NULL) = (lease_until IS NULL)))
  deliveries_pkey PRIMARY KEY (id)
  deliveries_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)
  deliveries_workspace_id_subject_surface_thread_key_key UNIQUE (workspace_id, subject, surface, thread_key)

-- constraints of handles
  handles_check CHECK ((num_nonnulls(principal_id, group_id) = 1))
  handles_check1 CHECK (((surface IS NULL) = (group_id IS NULL)))
  handles_handle_check CHECK ((handle ~ '^@[a-z0-9][a-z0-9._-]{0,62}$'::text))
  handles_pkey PRIMARY KEY (workspace_id, handle)
  handles_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES principals(id)
  handles_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)
  handles_workspace_id_surface_group_id_fkey FOREIGN KEY (workspace_id, surface, group_id) REFERENCES surface_groups(workspace_id, surface, external_id)

-- constraints of identity_links
  identity_links_pkey PRIMARY KEY (workspace_id, surface, external_id)
  identity_links_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES principals(id)
  identity_links_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of messages
  messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES principals(id)
  messages_pkey PRIMARY KEY (session_id, seq)
  messages_role_check CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text])))
  messages_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id)
  messages_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of outbox
  outbox_pkey PRIMARY KEY (id)
  outbox_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of principals
  principals_handle_check CHECK ((handle ~ '^@[a-z0-9][a-z0-9._-]{0,62}$'::text))
  principals_pkey PRIMARY KEY (id)
  principals_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)
  principals_workspace_id_handle_key UNIQUE (workspace_id, handle)

-- constraints of runs
  runs_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id)
  runs_agent_id_revision_fkey FOREIGN KEY (agent_id, revision) REFERENCES agent_revisions(agent_id, revision)
  runs_check CHECK (((state = 'running'::text) = (lease_token IS NOT NULL)))
  runs_check1 CHECK (((state = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL)))
  runs_initiator_id_fkey FOREIGN KEY (initiator_id) REFERENCES principals(id)
  runs_pkey PRIMARY KEY (id)
  runs_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id)
  runs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
  runs_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of schema_migrations
  schema_migrations_pkey PRIMARY KEY (version)

-- constraints of sessions
  sessions_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id)
  sessions_pkey PRIMARY KEY (id)
  sessions_workspace_id_agent_id_surface_thread_key_key UNIQUE (workspace_id, agent_id, surface, thread_key)
  sessions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of steps
  steps_pkey PRIMARY KEY (run_id, ordinal)
  steps_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id)
  steps_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of surface_events
  surface_events_pkey PRIMARY KEY (workspace_id, surface, event_key)
  surface_events_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id)
  surface_events_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of surface_groups
  surface_groups_pkey PRIMARY KEY (workspace_id, surface, external_id)
  surface_groups_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of usage_records
  usage_records_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id)
  usage_records_outcome_check CHECK ((outcome = ANY (ARRAY['ok'::text, 'blocked'::text, 'rate_limited'::text, 'over_task_budget'::text, 'error'::text])))
  usage_records_pkey PRIMARY KEY (id)
  usage_records_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES principals(id)
  usage_records_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id)
  usage_records_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)
  usage_records_workspace_id_hold_id_key UNIQUE (workspace_id, hold_id)

-- constraints of votes
  votes_approval_id_fkey FOREIGN KEY (approval_id) REFERENCES approvals(id)
  votes_pkey PRIMARY KEY (approval_id, principal_id)
  votes_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES principals(id)
  votes_verdict_check CHECK ((verdict = ANY (ARRAY['approve'::text, 'deny'::text])))
  votes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id)

-- constraints of workspaces
  workspaces_name_key UNIQUE (name)
  workspaces_pkey PRIMARY KEY (id)

-- indexes of actions
  CREATE INDEX actions_open ON public.actions USING btree (state, not_before, started_at, look_at) WHERE (state = ANY (ARRAY['ready'::text, 'started'::text, 'unknown'::text, 'needs_human'::text]))
  CREATE INDEX actions_run ON public.actions USING btree (run_id) WHERE (run_id IS NOT NULL)

-- indexes of agent_revisions
  CREATE INDEX agent_revisions_workspace ON public.agent_revisions USING btree (workspace_id, agent_id)

-- indexes of api_keys
  CREATE INDEX api_keys_workspace ON public.api_keys USING btree (workspace_id, created_at)

-- indexes of approvals
  CREATE INDEX approvals_due ON public.approvals USING btree (decide_by) WHERE (state = 'pending'::text)
  CREATE INDEX approvals_list ON public.approvals USING btree (workspace_id, created_at DESC, id DESC)
  CREATE INDEX approvals_run ON public.approvals USING btree (run_id) WHERE (run_id IS NOT NULL)
  CREATE UNIQUE INDEX approvals_short ON public.approvals USING btree (workspace_id, "right"(id, 8))

-- indexes of audit_events
  CREATE INDEX audit_events_name ON public.audit_events USING btree (workspace_id, name, seq)
  CREATE INDEX audit_events_run ON public.audit_events USING btree (workspace_id, run_id, seq) WHERE (run_id IS NOT NULL)

-- indexes of budget_holds
  CREATE INDEX budget_holds_due ON public.budget_holds USING btree (expires_at) WHERE (state = 'held'::text)

-- indexes of deliveries
  CREATE INDEX deliveries_due ON public.deliveries USING btree (due_at) WHERE ((due_at IS NOT NULL) AND (NOT gone))
  CREATE INDEX deliveries_leased ON public.deliveries USING btree (lease_until) WHERE (lease_until IS NOT NULL)

-- indexes of handles
  CREATE INDEX handles_principal ON public.handles USING btree (workspace_id, principal_id) WHERE (principal_id IS NOT NULL)

-- indexes of identity_links
  CREATE INDEX identity_links_principal ON public.identity_links USING btree (workspace_id, principal_id)

-- indexes of runs
  CREATE INDEX runs_agent ON public.runs USING btree (workspace_id, agent_id, created_at DESC)
  CREATE INDEX runs_in_session ON public.runs USING btree (session_id, said_at, id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]))
  CREATE INDEX runs_list ON public.runs USING btree (workspace_id, created_at DESC, id DESC)
  CREATE INDEX runs_open ON public.runs USING btree (state, lease_until) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text]))

-- indexes of sessions
  CREATE INDEX sessions_thread ON public.sessions USING btree (workspace_id, surface, thread_key)

-- indexes of usage_records
  CREATE INDEX usage_records_agent ON public.usage_records USING btree (workspace_id, agent_id, created_at)
  CREATE INDEX usage_records_time ON public.usage_records USING btree (workspace_id, created_at DESC, id DESC)

-- function budget_end(p_workspace text, p_id text, p_to text, p_actual bigint)
CREATE OR REPLACE FUNCTION public.budget_end(p_workspace text, p_id text, p_to text, p_actual bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_hold budget_holds%rowtype;
  v_reserved bigint;
  v_booked bigint;
begin
  perform 1 from budget_counters c
    join (select unnest(h.scopes) as s, unnest(h.periods) as p from budget_holds h
            where h.workspace_id = p_workspace and h.id = p_id) t on c.scope = t.s and c.period = t.p
    where c.workspace_id = p_workspace
    order by c.scope, c.period
    for update of c;
  select * into v_hold from budget_holds where workspace_id = p_workspace and id = p_id for update;
  if not found or not (v_hold.state = 'held' or (v_hold.state = 'charged' and p_to = 'settled')) then
    return false;
  end if;
  v_reserved := case v_hold.state when 'held' then v_hold.amount_u else 0 end;
  v_booked := case p_to when 'settled' then p_actual when 'charged' then v_hold.amount_u else 0 end
    - case v_hold.state when 'charged' then v_hold.amount_u else 0 end;
  update budget_counters c
    set reserved_u = c.reserved_u - v_reserved,
        spent_u = c.spent_u + v_booked,
        overrun_u = greatest(0, c.spent_u + v_booked + c.reserved_u - v_reserved - c.limit_u)
    from unnest(v_hold.scopes, v_hold.periods) as t (s, p)
    where c.workspace_id = p_workspace and c.scope = t.s and c.period = t.p;
  update budget_holds set state = p_to, actual_u = case p_to when 'released' then 0 when 'charged' then amount_u else p_actual end
    where workspace_id = p_workspace and id = p_id;
  return true;
end $function$


-- function budget_period(p_period text)
CREATE OR REPLACE FUNCTION public.budget_period(p_period text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select case p_period when 'month' then to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') else p_period end
$function$


-- function budget_reserve(p_workspace text, p_id text, p_scopes text[], p_periods text[], p_limits bigint[], p_modes text[], p_amount bigint, p_seconds integer, p_run text, p_model text, p_simulated boolean)
CREATE OR REPLACE FUNCTION public.budget_reserve(p_workspace text, p_id text, p_scopes text[], p_periods text[], p_limits bigint[], p_modes text[], p_amount bigint, p_seconds integer, p_run text, p_model text, p_simulated boolean)
 RETURNS TABLE(scope text, limit_u bigint, spent_u bigint, reserved_u bigint)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  v_periods text[] := array(select budget_period(p) from unnest(p_periods) with ordinality as t (p, n) order by n);
begin
  insert into budget_counters (workspace_id, scope, period, mode, limit_u)
    select p_workspace, s, p, m, l from unnest(p_scopes, v_periods, p_modes, p_limits) as t (s, p, m, l)
    order by s, p
    on conflict do nothing;
  perform 1 from budget_counters c
    join unnest(p_scopes, v_periods) as t (s, p) on c.scope = t.s and c.period = t.p
    where c.workspace_id = p_workspace
    order by c.scope, c.period
    for update of c;
  -- A counter follows the limit of the revision that spends; one lowered below what is spent keeps the difference in view.
  update budget_counters c
    set limit_u = t.l, mode = t.m, overrun_u = greatest(0, c.spent_u + c.reserved_u - t.l)
    from unnest(p_scopes, v_periods, p_modes, p_limits) as t (s, p, m, l)
    where c.workspace_id = p_workspace and c.scope = t.s and c.period = t.p and (c.limit_u <> t.l or c.mode <> t.m);
  if exists (select 1 from budget_holds h where h.workspace_id = p_workspace and h.id = p_id) then
    return;
  end if;
  return query
    select c.scope, c.limit_u, c.spent_u, c.reserved_u from budget_counters c
      join unnest(p_scopes, v_periods) as t (s, p) on c.scope = t.s and c.period = t.p
      where c.workspace_id = p_workspace and c.mode = 'block'
        and c.spent_u + c.reserved_u + p_amount > c.limit_u
      order by c.limit_u - c.spent_u - c.reserved_u
      limit 1;
  if found then
    return;
  end if;
  insert into budget_holds (workspace_id, id, scopes, periods, amount_u, state, expires_at, run_id, model, simulated)
    values (p_workspace, p_id, p_scopes, v_periods, p_amount, 'held',
      clock_timestamp() + make_interval(secs => p_seconds), p_run, p_model, p_simulated);
  update budget_counters c set reserved_u = c.reserved_u + p_amount
    from unnest(p_scopes, v_periods) as t (s, p)
    where c.workspace_id = p_workspace and c.scope = t.s and c.period = t.p;
end $function$


-- function commit_facts(p_workspace text, p_events text[], p_jobs text[], p_subjects text[])
CREATE OR REPLACE FUNCTION public.commit_facts(p_workspace text, p_events text[], p_jobs text[], p_subjects text[])
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_seq bigint;
  v_head text;
  v_at timestamptz;
  v_hash text;
  v_body text;
begin
  if cardinality(p_jobs) > 0 then
    insert into outbox (workspace_id, job, subject)
      select p_workspace, job, subject from unnest(p_jobs, p_subjects) as wakes (job, subject) where job <> 'show';
  end if;
  if 'show' = any (p_jobs) then
    with due as (
      update deliveries d set due_at = clock_timestamp()
      from (select distinct subject from unnest(p_jobs, p_subjects) as wakes (job, subject) where job = 'show') shown
      where d.workspace_id = p_workspace and d.subject = shown.subject and not d.gone
      returning d.id)
    insert into outbox (workspace_id, job, subject) select p_workspace, 'delivery', id from due;
  end if;
  if cardinality(p_events) = 0 then
    return null;
  end if;
  select audit_seq, audit_head into strict v_seq, v_head from workspaces where id = p_workspace for no key update;
  foreach v_body in array p_events loop
    v_seq := v_seq + 1;
    v_at := date_trunc('milliseconds', clock_timestamp());
    v_hash := encode(sha256(convert_to(
      v_head || chr(10) || v_seq || chr(10)
        || to_char(v_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || chr(10) || v_body, 'UTF8')), 'hex');
    insert into audit_events (workspace_id, seq, at, body, prev, hash)
      values (p_workspace, v_seq, v_at, v_body, v_head, v_hash);
    v_head := v_hash;
  end loop;
  update workspaces set audit_seq = v_seq, audit_head = v_head where id = p_workspace;
  perform pg_notify('openloop_events', p_workspace);
  return v_seq;
end $function$


-- function handles_of(p_workspace text, p_principal text)
CREATE OR REPLACE FUNCTION public.handles_of(p_workspace text, p_principal text)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  select array(
    select p.handle from principals p where p.workspace_id = p_workspace and p.id = p_principal
    union
    select h.handle from handles h where h.workspace_id = p_workspace and h.principal_id = p_principal
    union
    select h.handle from handles h
      join surface_groups g on g.workspace_id = h.workspace_id and g.surface = h.surface and g.external_id = h.group_id
      join identity_links l on l.workspace_id = g.workspace_id and l.surface = g.surface and l.external_id = any (g.members)
      where h.workspace_id = p_workspace and l.principal_id = p_principal
        and g.refreshed_at > clock_timestamp() - interval '60 seconds'
    order by 1)
$function$


-- function refuse_change()
CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% rows of % are never changed', tg_op, tg_table_name using errcode = 'OL001';
end $function$


-- triggers of actions
  CREATE TRIGGER actions_bytes_fixed BEFORE UPDATE OF args, terms, digest, effect_key, permission ON public.actions FOR EACH ROW EXECUTE FUNCTION refuse_change()
  CREATE TRIGGER actions_kept BEFORE DELETE ON public.actions FOR EACH ROW EXECUTE FUNCTION refuse_change()
  CREATE TRIGGER actions_settled_fixed BEFORE UPDATE ON public.actions FOR EACH ROW WHEN ((old.state = ANY (ARRAY['done'::text, 'failed'::text, 'refused'::text]))) EXECUTE FUNCTION refuse_change()

-- triggers of agent_revisions
  CREATE TRIGGER agent_revisions_fixed BEFORE DELETE OR UPDATE ON public.agent_revisions FOR EACH ROW EXECUTE FUNCTION refuse_change()

-- triggers of approvals
  CREATE TRIGGER approvals_kept BEFORE DELETE ON public.approvals FOR EACH ROW EXECUTE FUNCTION refuse_change()
  CREATE TRIGGER approvals_terminal_fixed BEFORE UPDATE ON public.approvals FOR EACH ROW WHEN ((old.state <> 'pending'::text)) EXECUTE FUNCTION refuse_change()

-- triggers of audit_events
  CREATE TRIGGER audit_events_fixed BEFORE DELETE OR UPDATE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change()
  CREATE TRIGGER audit_events_kept BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

-- triggers of handles
  CREATE TRIGGER handles_fixed BEFORE DELETE OR UPDATE ON public.handles FOR EACH ROW EXECUTE FUNCTION refuse_change()

-- triggers of identity_links
  CREATE TRIGGER identity_links_fixed BEFORE DELETE OR UPDATE OF workspace_id, surface, external_id, principal_id ON public.identity_links FOR EACH ROW EXECUTE FUNCTION refuse_change()

-- triggers of principals
  CREATE TRIGGER principals_handle_fixed BEFORE UPDATE OF handle, workspace_id ON public.principals FOR EACH ROW EXECUTE FUNCTION refuse_change()

-- triggers of votes
  CREATE TRIGGER votes_fixed BEFORE DELETE OR UPDATE ON public.votes FOR EACH ROW EXECUTE FUNCTION refuse_change()
