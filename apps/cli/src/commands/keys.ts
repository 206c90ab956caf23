import { routes, Scope, type KeyView } from '@openloop/api-contract';
import { Option } from 'commander';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { withExamples } from '../examples.js';
import { given } from '../given.js';
import { LIST_FORMATS, OBJECT_FORMATS, printListing, printObject, type Format } from '../output/formats.js';
import type { Column } from '../output/table.js';
import { plainLine } from '../terminal/plain-text.js';
import { ago } from '../terminal/words.js';
import { collect, pageOptions, pageQuery, tellMore, wholeNumber, type PageOptions } from './page-options.js';

type Printed = { output: Format };
type CreateOptions = Printed & { for: string; scope: Scope[]; expiresInDays?: number };

const MOST_DAYS = 3650;

export function addKeys(cli: Cli): void {
  const keys = cli.program.command('keys').description('API keys: who may do what over HTTP');
  withExamples(keys, [
    ['openloop keys create laptop --for @priya --scope approvals:decide', 'make one; printed once'],
    ['openloop keys list', 'who has which'],
    ['openloop keys revoke key_01M7ZBYC6W2YMS5XDY82Z9VE8M', 'end one at once'],
  ]);
  const create = keys
    .command('create <name>')
    .description('make a key; it is printed once')
    .requiredOption('--for <@handle>', 'whom it acts for; made when nobody has the handle')
    .addOption(
      new Option('--scope <scope>', `what for; may be repeated: ${Scope.options.join(', ')}`)
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .option('--expires-in-days <n>', 'when it ends', wholeNumber(1, MOST_DAYS));
  whenRun<CreateOptions>(cli, withOutput(create, OBJECT_FORMATS), createKey);
  const list = keys.command('list').alias('ls').description('the keys there are');
  whenRun<Printed & PageOptions>(cli, pageOptions(withOutput(list, LIST_FORMATS)), listKeys);
  const revoke = keys.command('revoke <id>').description('end a key at once and for good');
  whenRun<Printed>(cli, withOutput(revoke, OBJECT_FORMATS), revokeKey);
}

async function createKey(call: Call<CreateOptions>): Promise<undefined> {
  const { terminal, options, args } = call;
  const { scope, expiresInDays } = options;
  const body = {
    name: args[0] ?? '',
    for: options.for,
    scopes: scope,
    ...given({ expires_in_days: expiresInDays }),
  };
  const created = await (await call.api()).call(routes['keys.create'], { body });
  printObject(terminal, options.output, created, ({ key }) => plainLine(key));
  terminal.note(
    `${created.id} acts for ${plainLine(created.for)} with ${created.scopes.join(', ')}. The key is not shown again.`,
  );
}

const COLUMNS = (now: Date): Column<KeyView>[] => [
  { head: 'ID', value: ({ id }) => id },
  { head: 'NAME', value: ({ name }) => name },
  { head: 'FOR', value: (key) => key.for },
  { head: 'PREFIX', value: ({ prefix }) => `${prefix}…`, exact: ({ prefix }) => prefix },
  { head: 'STATE', value: (key) => stateOf(key, now) },
  {
    head: 'LAST USED',
    value: ({ last_used_at }) => ago(last_used_at, now),
    exact: ({ last_used_at }) => last_used_at ?? '',
  },
  {
    head: 'EXPIRES',
    value: ({ expires_at }) => expires_at?.slice(0, 10) ?? 'never',
    exact: ({ expires_at }) => expires_at ?? '',
  },
  { head: 'SCOPES', value: ({ scopes }) => scopes.join(' '), flexible: true },
];

function stateOf({ revoked_at, expires_at }: KeyView, now: Date): string {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Date.parse(expires_at) <= now.getTime() ? 'expired' : 'active';
}

async function listKeys(call: Call<Printed & PageOptions>): Promise<undefined> {
  const { terminal, options, io } = call;
  const answer = await (await call.api()).call(routes['keys.list'], { query: pageQuery(options) });
  printListing(terminal, options.output, {
    answer,
    rows: answer.data,
    columns: COLUMNS(io.now()),
    name: ({ id }) => id,
    whenEmpty: 'No keys.',
  });
  tellMore(terminal, answer);
}

async function revokeKey(call: Call<Printed>): Promise<undefined> {
  const { terminal, options, args } = call;
  const key = await (await call.api()).call(routes['keys.revoke'], { params: { id: args[0] ?? '' } });
  printObject(
    terminal,
    options.output,
    key,
    ({ id, name }) => `${plainLine(id)} (${plainLine(name)}) is revoked`,
  );
}
