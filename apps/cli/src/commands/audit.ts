import { routes } from '@openloop/api-contract';
import { AppError, messageOf } from '@openloop/kernel';
import type { Command } from 'commander';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';

import { checkExport } from '../audit/check-export.js';
import { AUDIT_COLUMNS, verdictLines } from '../audit/show-audit.js';
import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { EXIT } from '../exit-code.js';
import { withExamples } from '../examples.js';
import { given } from '../given.js';
import {
  LIST_FORMATS,
  OBJECT_FORMATS,
  printListing,
  printObject,
  printText,
  type Format,
} from '../output/formats.js';
import { writeOut } from '../output/write-file.js';
import { plainLine, plainText } from '../terminal/plain-text.js';
import { wholeNumber } from './page-options.js';

interface FilterOptions {
  after?: number;
  before?: number;
  since?: string;
  until?: string;
  name?: string;
  actor?: string;
  run?: string;
}

type ListOptions = FilterOptions & { output: Format; limit?: number; order?: 'asc' | 'desc' };
type VerifyOptions = { output: Format; file?: string };

export function addAudit(cli: Cli): void {
  const audit = cli.program
    .command('audit')
    .description('who did what: list, export, verify that nothing was changed');
  withExamples(audit, [
    ['openloop audit list --actor @priya --since 2026-11-01', 'what she did this month'],
    ['openloop audit verify', 'whether anything was changed'],
    ['openloop audit export --out audit.jsonl', 'keep it elsewhere'],
  ]);
  const list = audit
    .command('list')
    .alias('ls')
    .description('the newest entries; use --order asc for the oldest')
    .option('--limit <n>', 'how many, 1 to 200 (default: 50)', wholeNumber(1, 200))
    .option('--order <order>', 'asc or desc');
  whenRun<ListOptions>(cli, filterOptions(withOutput(list, LIST_FORMATS)), listAudit);
  const verify = audit
    .command('verify')
    .description('walk the whole chain; exit 1 when any link was changed')
    .option('--file <export>', 'check an exported file instead, without any server');
  whenRun<VerifyOptions>(cli, withOutput(verify, OBJECT_FORMATS), verifyAudit);
  const exported = audit
    .command('export')
    .description('the chain as JSON lines, for keeping and for `audit verify --file`')
    .option('--out <file>', 'write it there');
  whenRun<FilterOptions & { out?: string }>(cli, filterOptions(exported), exportAudit);
}

const Seq = wholeNumber(0, Number.MAX_SAFE_INTEGER);

function filterOptions(command: Command): Command {
  return command
    .option('--after <seq>', 'only after this entry', Seq)
    .option('--before <seq>', 'only before this entry', Seq)
    .option('--since <time>', 'a day or a time with its zone')
    .option('--until <time>', 'the same; not included')
    .option('--name <event>', 'only this event, for example approval.decided')
    .option('--actor <who>', 'only by this @handle, agent or `system`')
    .option('--run <id>', 'only of this run');
}

function filterOf({ after, before, since, until, name, actor, run }: FilterOptions): FilterOptions {
  return given({ after, before, since, until, name, actor, run });
}

async function listAudit(call: Call<ListOptions>): Promise<undefined> {
  const { terminal, options } = call;
  const { limit, order } = options;
  const query = { ...filterOf(options), ...given({ limit, order }) };
  const answer = await (await call.api()).call(routes['audit.list'], { query });
  printListing(terminal, options.output, {
    answer,
    rows: answer.data,
    columns: AUDIT_COLUMNS,
    name: ({ seq }) => String(seq),
    whenEmpty: noEntries(options),
  });
  const last = answer.data.at(-1);
  if (answer.has_more && last)
    terminal.note(`There are more: add --${order === 'asc' ? 'after' : 'before'} ${last.seq}`);
}

/** Names what was looked for; a person without the @ is the usual reason that there is none. */
function noEntries(options: FilterOptions): string {
  const filters = Object.entries(filterOf(options)).map(([name, value]) => `--${name} ${String(value)}`);
  if (filters.length === 0) return 'No entries.';
  const { actor = '@' } = options;
  const handle = /^[@:]|^system$|:/.test(actor) ? '' : ` A person is named with @: --actor @${actor}`;
  return plainLine(`No entries with ${filters.join(' ')}.${handle}`);
}

async function verifyAudit(call: Call<VerifyOptions>): Promise<number> {
  const { terminal, options, io } = call;
  const verdict =
    options.file === undefined
      ? await (await call.api()).call(routes['audit.verify'], {})
      : await checkExport(linesOf(resolve(io.cwd, options.file), options.file));
  printObject(terminal, options.output, verdict, () => verdictLines(verdict, terminal).join('\n'));
  return verdict.ok ? EXIT.ok : EXIT.no;
}

async function* linesOf(path: string, file: string): AsyncGenerator<string> {
  try {
    await using handle = await open(path, 'r');
    for await (const line of handle.readLines({ encoding: 'utf8' })) yield line;
  } catch (error) {
    throw new AppError('invalid', 'cli.file', `Cannot read ${file}: ${messageOf(error)}`, {
      hint: 'name a file that `openloop audit export --out FILE` wrote',
    });
  }
}

async function exportAudit(call: Call<FilterOptions & { out?: string }>): Promise<undefined> {
  const { terminal, options, io } = call;
  const text = await (await call.api()).call(routes['audit.export'], { query: filterOf(options) });
  if (options.out === undefined) {
    printText(terminal, text);
    return;
  }
  await writeOut(io, options.out, { text, mode: 0o600 });
  terminal.note(
    `Wrote ${plainText(options.out)}. Check it anywhere with: openloop audit verify --file ${plainText(options.out)}`,
  );
}
