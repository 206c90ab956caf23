-- Chat surfaces: who a handle stands for, what was said when, muted threads, and what each posted message shows.

-- Seals the tokens of buttons: 244 random bits that never leave the system.
alter table workspaces add column button_key text not null
  default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');

-- Groups of people as a product keeps them. Members are account ids, believed for as long as a decision allows.
create table surface_groups (
  workspace_id text not null references workspaces (id),
  surface text not null,
  external_id text not null,
  name text not null,
  members text[] not null,
  refreshed_at timestamptz not null default clock_timestamp(),
  -- Raised whenever the product says that the group changed: a read that began before is not believed.
  doubts integer not null default 0,
  primary key (workspace_id, surface, external_id)
);

-- Handles in agents' files that stand for a person with a handle of their own, or for a group.
create table handles (
  workspace_id text not null references workspaces (id),
  handle text not null check (handle ~ '^@[a-z0-9][a-z0-9._-]{0,62}$'),
  principal_id text references principals (id),
  surface text,
  group_id text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, handle),
  foreign key (workspace_id, surface, group_id) references surface_groups (workspace_id, surface, external_id),
  check (num_nonnulls(principal_id, group_id) = 1),
  check ((surface is null) = (group_id is null))
);
create index handles_principal on handles (workspace_id, principal_id) where principal_id is not null;

-- A handle never comes to mean somebody else.
create trigger handles_fixed before update or delete on handles for each row execute function refuse_change();
-- An account is one person's for ever. Whether the product still has it as a member's is read again and again.
alter table identity_links add column is_member boolean not null default true;
alter table identity_links add column checked_at timestamptz not null default clock_timestamp();
create trigger identity_links_fixed before delete or update of workspace_id, surface, external_id, principal_id
  on identity_links for each row execute function refuse_change();

-- Every handle that means this person now; a group counts only while its membership is fresh.
create function handles_of(p_workspace text, p_principal text) returns text[] language sql stable as $$
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
$$;

-- A word that steers an agent starts no run.
alter table surface_events alter column run_id drop not null;

alter table sessions add column muted_by text;
create index sessions_thread on sessions (workspace_id, surface, thread_key);

-- When it was said by the clock of the product it was said on: what orders a thread, however late it arrives.
alter table messages add column said_at timestamptz;
update messages set said_at = created_at;
alter table messages alter column said_at set default clock_timestamp(), alter column said_at set not null;
alter table runs add column said_at timestamptz;
update runs set said_at = created_at;
alter table runs alter column said_at set default clock_timestamp(), alter column said_at set not null;
create index runs_in_session on runs (session_id, said_at, id) where state in ('queued', 'running');

-- The definitions of outside tools that an agent's revision was applied with.
alter table agent_revisions add column tool_pins jsonb not null default '[]';

-- One message, or a row of messages, on a surface that shows a row: an action (its card) or a run (its answer).
create table deliveries (
  id text primary key,
  workspace_id text not null references workspaces (id),
  subject text not null,
  surface text not null,
  channel text,
  thread_key text not null,
  -- The product's ids of the messages that show it, in order.
  refs text[] not null default '{}',
  -- Of the rendering that the messages show.
  shown_digest text,
  -- Since when the row and the messages may differ; null when they agree.
  due_at timestamptz default clock_timestamp(),
  fence text,
  lease_until timestamptz,
  -- A try ended without our learning what it posted.
  must_look boolean not null default false,
  failures integer not null default 0,
  last_failure text,
  -- It can never be shown there.
  gone boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  unique (workspace_id, subject, surface, thread_key),
  check ((fence is null) = (lease_until is null))
);
create index deliveries_due on deliveries (due_at) where due_at is not null and not gone;
create index deliveries_leased on deliveries (lease_until) where lease_until is not null;

-- As before, and a wake-up named `show` marks every message that shows its subject as due.
create or replace function commit_facts(p_workspace text, p_events text[], p_jobs text[], p_subjects text[])
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
end $$;
