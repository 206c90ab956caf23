-- The spine: people and keys, agents and their revisions, sessions, runs and steps,
-- approvals and actions, budgets, usage, the audit chain and the outbox.
-- Every table carries workspace_id and every query names it.

create table workspaces (
  id text primary key,
  name text not null unique,
  -- The head of the audit chain: the one row that appending locks.
  audit_seq bigint not null default 0,
  audit_head text not null default repeat('0', 64),
  created_at timestamptz not null default clock_timestamp()
);

create table principals (
  id text primary key,
  workspace_id text not null references workspaces (id),
  handle text not null check (handle ~ '^@[a-z0-9][a-z0-9._-]{0,62}$'),
  name text not null,
  disabled_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (workspace_id, handle)
);

create table identity_links (
  workspace_id text not null references workspaces (id),
  surface text not null,
  external_id text not null,
  principal_id text not null references principals (id),
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, surface, external_id)
);
create index identity_links_principal on identity_links (workspace_id, principal_id);

create table api_keys (
  id text primary key,
  workspace_id text not null references workspaces (id),
  principal_id text not null references principals (id),
  name text not null,
  -- The first characters, to recognise a key by; the key itself is kept only as its SHA-256.
  prefix text not null,
  hash text not null unique,
  scopes text[] not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index api_keys_workspace on api_keys (workspace_id, created_at);

create table agents (
  id text primary key,
  workspace_id text not null references workspaces (id),
  name text not null,
  state text not null default 'active' check (state in ('active', 'paused')),
  revision integer not null check (revision >= 1),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (workspace_id, name)
);

create table agent_revisions (
  workspace_id text not null references workspaces (id),
  agent_id text not null references agents (id),
  revision integer not null check (revision >= 1),
  digest text not null,
  authority_digest text not null,
  agent jsonb not null,
  message text,
  applied_by jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (agent_id, revision)
);
create index agent_revisions_workspace on agent_revisions (workspace_id, agent_id);

create table sessions (
  id text primary key,
  workspace_id text not null references workspaces (id),
  agent_id text not null references agents (id),
  surface text not null,
  thread_key text not null,
  message_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  unique (workspace_id, agent_id, surface, thread_key)
);

create table messages (
  workspace_id text not null references workspaces (id),
  session_id text not null references sessions (id),
  seq integer not null,
  role text not null check (role in ('user', 'assistant')),
  author_id text references principals (id),
  run_id text,
  text text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (session_id, seq)
);

create table surface_events (
  workspace_id text not null references workspaces (id),
  surface text not null,
  event_key text not null,
  session_id text not null references sessions (id),
  run_id text not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, surface, event_key)
);

create table runs (
  id text primary key,
  workspace_id text not null references workspaces (id),
  agent_id text not null references agents (id),
  revision integer not null,
  session_id text not null references sessions (id),
  -- The last message of the session that this run answers.
  trigger_seq integer not null,
  trigger jsonb not null,
  initiator_id text not null references principals (id),
  state text not null check (state in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  lease_token text,
  lease_until timestamptz,
  cancel_requested_by text,
  active_ms bigint not null default 0,
  -- Claims since the last written progress: a run that always dies at the same place is given up.
  stalls integer not null default 0,
  step_count integer not null default 0,
  cost_micros bigint not null default 0,
  simulated boolean not null default false,
  outcome jsonb,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  foreign key (agent_id, revision) references agent_revisions (agent_id, revision),
  check ((state = 'running') = (lease_token is not null)),
  check ((state in ('completed', 'failed', 'cancelled')) = (finished_at is not null))
);
create index runs_list on runs (workspace_id, created_at desc, id desc);
create index runs_agent on runs (workspace_id, agent_id, created_at desc);
create index runs_open on runs (state, lease_until) where state in ('queued', 'running', 'waiting');

create table steps (
  workspace_id text not null references workspaces (id),
  run_id text not null references runs (id),
  ordinal integer not null,
  model text not null,
  reply jsonb not null,
  calls jsonb not null,
  -- What the model is told of the calls that are not actions; null until they were carried out.
  results jsonb,
  input_tokens integer,
  output_tokens integer,
  cost_micros bigint,
  latency_ms integer not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (run_id, ordinal)
);

create table actions (
  id text primary key,
  workspace_id text not null references workspaces (id),
  agent_id text not null references agents (id),
  agent_revision integer not null,
  run_id text references runs (id),
  step integer,
  call_index integer,
  permission text not null,
  -- The exact canonical JSON that was shown, decided and is sent.
  args text not null,
  -- Everything the digest is made of beside the arguments, as canonical JSON.
  terms text not null,
  digest text not null,
  effect_key text not null,
  state text not null check (
    state in ('held', 'ready', 'started', 'done', 'failed', 'unknown', 'needs_human', 'refused')
  ),
  attempt integer not null default 0,
  fence text,
  not_before timestamptz,
  execute_by timestamptz not null,
  started_at timestamptz,
  looks integer not null default 0,
  look_at timestamptz,
  outcome jsonb,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  unique (workspace_id, effect_key),
  unique (run_id, step, call_index),
  check ((state = 'started') = (fence is not null)),
  check ((state in ('done', 'failed', 'refused')) = (settled_at is not null))
);
create index actions_run on actions (run_id) where run_id is not null;
create index actions_open on actions (state, not_before, started_at, look_at)
  where state in ('ready', 'started', 'unknown', 'needs_human');

create table approvals (
  id text primary key,
  workspace_id text not null references workspaces (id),
  kind text not null check (kind in ('approve', 'choose', 'input')),
  action_id text unique references actions (id),
  agent_id text not null references agents (id),
  run_id text references runs (id),
  state text not null check (
    state in ('pending', 'approved', 'denied', 'answered', 'expired', 'cancelled', 'stale')
  ),
  revision integer not null default 1,
  digest text not null,
  -- What the decision leans on; when one has changed by then, the approval is stale.
  permission text,
  authority_digest text not null,
  tool_digest text,
  description jsonb not null,
  stated_reason text,
  approvers text[] not null,
  min_approvals integer not null check (min_approvals between 1 and 20),
  self_approval boolean not null,
  initiator_id text not null references principals (id),
  created_at timestamptz not null default clock_timestamp(),
  decide_by timestamptz not null,
  decided_at timestamptz,
  decision jsonb,
  check ((state = 'pending') = (decided_at is null))
);
create unique index approvals_short on approvals (workspace_id, right(id, 8));
create index approvals_list on approvals (workspace_id, created_at desc, id desc);
create index approvals_due on approvals (decide_by) where state = 'pending';
create index approvals_run on approvals (run_id) where run_id is not null;

create table votes (
  workspace_id text not null references workspaces (id),
  approval_id text not null references approvals (id),
  principal_id text not null references principals (id),
  verdict text not null check (verdict in ('approve', 'deny')),
  digest text not null,
  reason text,
  via text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- One person, one vote, whichever account they use.
  primary key (approval_id, principal_id)
);

create table budget_counters (
  workspace_id text not null references workspaces (id),
  scope text not null,
  period text not null,
  mode text not null check (mode in ('block', 'warn')),
  limit_u bigint not null check (limit_u >= 0),
  reserved_u bigint not null default 0 check (reserved_u >= 0),
  spent_u bigint not null default 0 check (spent_u >= 0),
  -- What a lying provider or a lowered limit put beyond the limit; the reserve path never adds to it.
  overrun_u bigint not null default 0 check (overrun_u >= 0),
  primary key (workspace_id, scope, period),
  check (mode = 'warn' or spent_u + reserved_u <= limit_u + overrun_u)
);

create table budget_holds (
  workspace_id text not null references workspaces (id),
  id text not null,
  scopes text[] not null,
  periods text[] not null,
  amount_u bigint not null check (amount_u >= 0),
  actual_u bigint,
  -- What the money is for: a hold nobody ended is booked as usage too.
  run_id text not null,
  model text not null,
  simulated boolean not null,
  state text not null check (state in ('held', 'settled', 'charged', 'released')),
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id)
);
create index budget_holds_due on budget_holds (expires_at) where state = 'held';

create table usage_records (
  id text primary key,
  workspace_id text not null references workspaces (id),
  agent_id text not null references agents (id),
  run_id text references runs (id),
  principal_id text references principals (id),
  surface text not null,
  channel text,
  task_kind text,
  model text not null,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  -- Null when the model has no known price: unknown, never zero.
  cost_micros bigint,
  simulated boolean not null,
  outcome text not null check (outcome in ('ok', 'blocked', 'rate_limited', 'over_task_budget', 'error')),
  -- One record for each reservation: what the sweep booked is corrected by what the worker comes to know.
  hold_id text,
  created_at timestamptz not null default clock_timestamp(),
  unique (workspace_id, hold_id)
);
create index usage_records_time on usage_records (workspace_id, created_at desc, id desc);
create index usage_records_agent on usage_records (workspace_id, agent_id, created_at);

create table audit_events (
  workspace_id text not null references workspaces (id),
  seq bigint not null,
  at timestamptz not null,
  -- Canonical JSON, hashed as it stands.
  body text not null,
  prev text not null,
  hash text not null,
  name text not null generated always as ((body::jsonb) ->> 'name') stored,
  actor text generated always as (coalesce((body::jsonb) #>> '{actor,handle}', (body::jsonb) #>> '{actor,name}', (body::jsonb) #>> '{actor,kind}')) stored,
  agent_id text generated always as ((body::jsonb) #>> '{facts,agentId}') stored,
  run_id text generated always as ((body::jsonb) #>> '{facts,runId}') stored,
  primary key (workspace_id, seq)
);
create index audit_events_run on audit_events (workspace_id, run_id, seq) where run_id is not null;
create index audit_events_name on audit_events (workspace_id, name, seq);

create table outbox (
  id bigint generated always as identity primary key,
  workspace_id text not null references workspaces (id),
  job text not null,
  subject text not null,
  claimed_at timestamptz,
  created_at timestamptz not null default clock_timestamp()
);

-- What must never change is refused by the database, whoever asks.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% rows of % are never changed', tg_op, tg_table_name using errcode = 'OL001';
end $$;

create trigger audit_events_fixed before update or delete on audit_events
  for each row execute function refuse_change();
create trigger audit_events_kept before truncate on audit_events
  for each statement execute function refuse_change();
create trigger agent_revisions_fixed before update or delete on agent_revisions
  for each row execute function refuse_change();
create trigger votes_fixed before update or delete on votes
  for each row execute function refuse_change();
create trigger principals_handle_fixed before update of handle, workspace_id on principals
  for each row execute function refuse_change();
create trigger approvals_terminal_fixed before update on approvals
  for each row when (old.state <> 'pending') execute function refuse_change();
create trigger approvals_kept before delete on approvals
  for each row execute function refuse_change();
create trigger actions_settled_fixed before update on actions
  for each row when (old.state in ('done', 'failed', 'refused')) execute function refuse_change();
-- What was decided is what is sent: these columns are written once.
create trigger actions_bytes_fixed before update of args, terms, digest, effect_key, permission on actions
  for each row execute function refuse_change();
create trigger actions_kept before delete on actions
  for each row execute function refuse_change();

-- The last statement of a transaction: appends its audit events to the chain and its wake-ups to the outbox.
-- hash = sha256(prev '\n' seq '\n' at '\n' body), all UTF-8; seq and at hold no newline, so the text is unambiguous.
create function commit_facts(p_workspace text, p_events text[], p_jobs text[], p_subjects text[])
returns bigint language plpgsql as $$
declare
  v_seq bigint;
  v_head text;
  v_at timestamptz;
  v_hash text;
  v_body text;
begin
  if cardinality(p_jobs) > 0 then
    insert into outbox (workspace_id, job, subject)
      select p_workspace, job, subject from unnest(p_jobs, p_subjects) as wakes (job, subject);
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
end $$;

-- Budgets. Scopes come in one order everywhere (the counters are locked in key order), so reserving never deadlocks.

-- The period a scope is in now, by the database clock: `2026-11` for a monthly scope, else the period given.
create function budget_period(p_period text) returns text language sql stable as $$
  select case p_period when 'month' then to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') else p_period end
$$;

-- Holds `p_amount` in every scope, or in none. Returns no scope when it is held (also when it was held before),
-- else the tightest scope that has no room, with its figures.
create function budget_reserve(
  p_workspace text, p_id text, p_scopes text[], p_periods text[], p_limits bigint[], p_modes text[],
  p_amount bigint, p_seconds integer, p_run text, p_model text, p_simulated boolean
) returns table (scope text, limit_u bigint, spent_u bigint, reserved_u bigint) language plpgsql as $$
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
end $$;

-- Ends a hold. `p_to` is `settled` (at `p_actual`), `charged` (at the full amount, correctable later) or `released`.
-- Returns true when this call changed the books; a second end of the same kind changes nothing.
create function budget_end(p_workspace text, p_id text, p_to text, p_actual bigint)
returns boolean language plpgsql as $$
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
end $$;
