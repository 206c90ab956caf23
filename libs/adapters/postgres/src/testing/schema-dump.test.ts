import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openDatabase, type Database } from '../database.js';
import { dumpSchema } from './schema-dump.js';
import { openTestDatabase } from './test-database.js';

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('calm', 'cross');
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE SEQUENCE tickets START 5;
  CREATE TABLE owners (id text PRIMARY KEY, mood mood NOT NULL DEFAULT 'calm');
  CREATE TABLE pets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id text NOT NULL REFERENCES owners ON DELETE CASCADE,
    name varchar(20) NOT NULL UNIQUE,
    shout text GENERATED ALWAYS AS (upper(name)) STORED,
    born timestamptz DEFAULT now(),
    CONSTRAINT short CHECK (char_length(name) < 10 OR name ~ '^x')
  );
  CREATE INDEX pets_by_birth ON pets (owner_id, born DESC NULLS LAST) WHERE born IS NOT NULL;
  CREATE VIEW named AS SELECT name FROM pets WHERE name <> '';
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'no';
  END $$;
  CREATE TRIGGER no_changes BEFORE UPDATE OR DELETE ON pets FOR EACH ROW EXECUTE FUNCTION refuse();
  ALTER TABLE pets ENABLE ROW LEVEL SECURITY;
  ALTER TABLE pets FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON pets USING (owner_id = 'me');
`;

const DUMP = `-- type mood
enum ('calm', 'cross')

-- type positive
domain integer CHECK ((VALUE > 0))

-- sequence tickets
bigint start 5 increment 1

-- view named
  name character varying(20)

-- table owners
  id text NOT NULL
  mood mood NOT NULL DEFAULT 'calm'::mood

-- table pets
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
  owner_id text NOT NULL
  name character varying(20) NOT NULL
  shout text GENERATED (upper((name)::text))
  born timestamp with time zone DEFAULT now()

-- query of named
 SELECT name
   FROM pets
  WHERE ((name)::text <> ''::text);

-- constraints of owners
  owners_pkey PRIMARY KEY (id)

-- constraints of pets
  pets_name_key UNIQUE (name)
  pets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners(id) ON DELETE CASCADE
  pets_pkey PRIMARY KEY (id)
  short CHECK (((char_length((name)::text) < 10) OR ((name)::text ~ '^x'::text)))

-- indexes of pets
  CREATE INDEX pets_by_birth ON public.pets USING btree (owner_id, born DESC NULLS LAST) WHERE (born IS NOT NULL)

-- function refuse()
CREATE OR REPLACE FUNCTION public.refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
  BEGIN
    RAISE EXCEPTION 'no';
  END $function$


-- triggers of pets
  CREATE TRIGGER no_changes BEFORE DELETE OR UPDATE ON public.pets FOR EACH ROW EXECUTE FUNCTION refuse()

-- row security of pets
  forced
  own PERMISSIVE for ALL to {public} using ((owner_id = 'me'::text)) with check ()
`;

describe('dumpSchema', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase();
    await database.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await database.pool.query(SCHEMA);
  }, 60_000);
  afterAll(() => database.close());

  it('writes the same text for the same schema, whatever the database', async () => {
    expect(await dumpSchema(database.pool)).toBe(DUMP);
  });

  it('leaves out what belongs to an extension', async () => {
    const embedded = await openDatabase({ directory: 'memory' });
    await embedded.pool.query('CREATE EXTENSION vector; CREATE TABLE likes (taste vector(3))');
    expect(await dumpSchema(embedded.pool)).toBe('-- table likes\n  taste vector(3)\n');
    await embedded.close();
  }, 60_000);
});
