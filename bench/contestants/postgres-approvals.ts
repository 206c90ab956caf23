import { createHash } from 'node:crypto';

import { randomChars } from '@openloop/kernel';
import pg from 'pg';

import { CONCURRENCY } from '../support/rounds.js';
import { serve, type Opened } from '../support/serve.js';
import { PROPOSED } from './work.js';

export interface FloorGiven {
  url: string;
}

const TABLES = `
  create table actions (id text primary key, workspace text, agent text, permission text, args text, terms text,
    digest text, state text, attempt int default 0, outcome jsonb, created_at timestamptz default clock_timestamp(),
    settled_at timestamptz);
  create table approvals (id text primary key, workspace text, action_id text, digest text, description jsonb,
    approvers text[], state text, decision jsonb, created_at timestamptz default clock_timestamp(), decided_at timestamptz);
  create index on approvals (workspace, created_at desc);
  create table votes (approval_id text, principal text, verdict text, digest text, at timestamptz default clock_timestamp(),
    primary key (approval_id, principal));
  create table events (id bigint generated always as identity primary key, workspace text,
    at timestamptz default clock_timestamp(), body text);`;

const ASK = `
  with action as (
    insert into actions (id, workspace, agent, permission, args, terms, digest, state)
    values ($1, 'w', 'a', 'bench.issues:write', $2, $3, $4, 'held')
  ), event as (
    insert into events (workspace, body) values ('w', $6), ('w', $6)
  )
  insert into approvals (id, workspace, action_id, digest, description, approvers, state)
  values ($1, 'w', $1, $4, $5, '{@decider}', 'pending')`;

const DECIDE_AND_SETTLE = `
  with vote as (
    insert into votes (approval_id, principal, verdict, digest) values ($1, 'p', 'approve', $2)
  ), action as (
    update actions set state = 'done', attempt = 1, outcome = $3, settled_at = clock_timestamp() where id = $1
  ), event as (
    insert into events (workspace, body) values ('w', $5), ('w', $5), ('w', $5), ('w', $5)
  )
  update approvals set state = 'approved', decision = $4, decided_at = clock_timestamp() where id = $1 and state = 'pending'`;

const TERMS_CHARS = 700;
const KEY_CHARS = 26;
const EVENT = JSON.stringify({
  name: 'approval.voted',
  actor: { kind: 'principal' },
  facts: randomChars(KEY_CHARS * 8),
});
const DESCRIPTION = JSON.stringify({
  summary: 'Create issue',
  target: PROPOSED.repo,
  fields: PROPOSED,
  risk: 'low',
});

/** As few statements as the rows of an approval can be written with: two, prepared, each a commit. */
async function open({ url }: FloorGiven): Promise<Opened> {
  const pool = new pg.Pool({ connectionString: url, max: CONCURRENCY });
  await pool.query(TABLES);
  const args = JSON.stringify(PROPOSED);
  return {
    once: async () => {
      const id = randomChars(KEY_CHARS);
      const terms = randomChars(TERMS_CHARS);
      const digest = createHash('sha256').update(args).update(terms).digest('hex');
      await pool.query({ name: 'ask', text: ASK, values: [id, args, terms, digest, DESCRIPTION, EVENT] });
      const values = [id, digest, '{"kind":"done"}', '{"verdict":"approved"}', EVENT];
      const { rowCount } = await pool.query({ name: 'decide', text: DECIDE_AND_SETTLE, values });
      if (rowCount !== 1) throw new Error('An approval was not decided');
    },
    verify: async (done) => {
      const { rows } = await pool.query<{ done: string }>(
        `select count(*) as done from actions join approvals using (id) join votes on approval_id = id
         where actions.state = 'done' and approvals.state = 'approved'`,
      );
      if (Number(rows[0]?.done) !== done) throw new Error(`${rows[0]?.done} of ${done} approvals are there`);
    },
    close: () => pool.end(),
  };
}

serve(open);
