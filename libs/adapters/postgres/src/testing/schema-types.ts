import type pg from 'pg';

interface Column {
  table_name: string;
  column_name: string;
  udt_name: string;
  is_nullable: 'YES' | 'NO';
  column_default: string | null;
  is_identity: 'YES' | 'NO';
  is_generated: 'ALWAYS' | 'NEVER';
}

const TYPES: Readonly<Record<string, string>> = {
  text: 'string',
  _text: 'string[]',
  bool: 'boolean',
  int4: 'number',
  int8: 'number',
  timestamptz: 'Date',
  jsonb: 'Jsonb',
};

const COLUMNS = `
  select c.table_name, c.column_name, c.udt_name, c.is_nullable, c.column_default, c.is_identity, c.is_generated
  from information_schema.columns c
  join information_schema.tables t using (table_schema, table_name)
  where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name <> 'schema_migrations'
  order by c.table_name, c.ordinal_position`;

/** The row types of the migrated database, as the text of `schema.ts`. */
export async function schemaTypes(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<Column>(COLUMNS);
  const tables = Map.groupBy(rows, (row) => row.table_name);
  const members = [...tables].map(([table, columns]) => {
    const types = columns.map((column) => `    ${column.column_name}: ${typeOf(column)};`);
    return `  ${table}: {\n${types.join('\n')}\n  };`;
  });
  return [
    '// Written by schema-drift.test.ts from the migrated database (UPDATE=1 writes it anew); do not edit.',
    "import type { ColumnType, Generated, GeneratedAlways } from 'kysely';\n",
    '/** Read as parsed JSON, written as JSON text. */',
    'type Jsonb = ColumnType<unknown, string, string>;\n',
    '/** Every table, for Kysely. */',
    `export interface Schema {\n${members.join('\n')}\n}\n`,
  ].join('\n');
}

function typeOf({ udt_name, is_nullable, column_default, is_identity, is_generated }: Column): string {
  const type = TYPES[udt_name];
  if (!type) throw new Error(`No TypeScript type is known for ${udt_name}`);
  const nullable = is_nullable === 'YES';
  if (is_identity === 'YES' || is_generated === 'ALWAYS')
    return `GeneratedAlways<${type}${nullable ? ' | null' : ''}>`;
  if (type === 'Jsonb') return nullable ? 'ColumnType<unknown, string | null, string | null>' : type;
  const full = nullable ? `${type} | null` : type;
  return column_default === null ? full : `Generated<${full}>`;
}
