import { routes, type ApprovalView } from '@openloop/api-contract';
import type { Command } from 'commander';

import { cardLines, isSettled, outcomeLine } from '../approvals/show-card.js';
import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { EXIT } from '../exit-code.js';
import { withExamples } from '../examples.js';
import { given } from '../given.js';
import { LIST_FORMATS, OBJECT_FORMATS, printListing, printObject, type Format } from '../output/formats.js';
import type { Column } from '../output/table.js';
import { ago, command as typed, until } from '../terminal/words.js';
import { collect, pageOptions, pageQuery, tellMore, type PageOptions } from './page-options.js';

type Printed = { output: Format };
type ListOptions = Printed &
  PageOptions & { agent?: string; status?: ApprovalView['status'][]; mine?: boolean; all?: boolean };
type ApproveOptions = Printed & { digest?: string; reason?: string; yes?: boolean };
type DenyOptions = Printed & { reason?: string };

export function addApprovals(cli: Cli): void {
  const approvals = cli.program
    .command('approvals')
    .description('what waits for a person: look at it, approve, deny');
  withExamples(approvals, [
    ['openloop approvals list --mine', 'what waits for you'],
    ['openloop approvals approve apr_JG44R4Z6', 'see the card, then say yes or no'],
    ['openloop approvals deny apr_JG44R4Z6 --reason "a duplicate"', 'say no; the agent gets the reason'],
  ]);
  const list = approvals
    .command('list')
    .alias('ls')
    .description('what is held now, newest first')
    .option('--mine', 'only what you may decide')
    .option('--all', 'decided ones too')
    .option('--status <status>', 'only with this status; may be repeated', collect)
    .option('--agent <name>', 'only of this agent');
  whenRun<ListOptions>(cli, pageOptions(withOutput(list, LIST_FORMATS)), listApprovals);
  const get = approvals.command('get <id>').description('the whole card');
  whenRun<Printed>(cli, withOutput(get, OBJECT_FORMATS), getApproval);
  whenRun<ApproveOptions>(cli, approveCommand(approvals), approve);
  const deny = approvals
    .command('deny <id>')
    .alias('reject')
    .description('say no; the reason goes to the agent and into the audit trail')
    .option('--reason <text>', 'why');
  whenRun<DenyOptions>(cli, withOutput(deny, OBJECT_FORMATS), denyApproval);
}

function approveCommand(parent: Command): Command {
  const command = parent
    .command('approve <id>')
    .description('show the card and approve exactly what it shows')
    .option(
      '--digest <hex>',
      'the digest of what you saw (10 characters or more): refused when it is not that any more',
    )
    .option('-y, --yes', 'do not ask')
    .option('--reason <text>', 'why');
  return withOutput(command, OBJECT_FORMATS);
}

const COLUMNS = (now: Date): Column<ApprovalView>[] => [
  { head: 'ID', value: ({ short_id }) => short_id, exact: ({ id }) => id },
  { head: 'AGE', value: ({ created_at }) => ago(created_at, now), exact: ({ created_at }) => created_at },
  { head: 'STATUS', value: ({ status }) => status },
  {
    head: 'EXPIRES',
    value: ({ decide_by, status }) => (status === 'held' ? until(decide_by, now) : '–'),
    exact: ({ decide_by }) => decide_by,
  },
  { head: 'RISK', value: ({ risk }) => (risk === 'high' ? 'HIGH' : risk) },
  { head: 'AGENT', value: ({ agent }) => agent },
  { head: 'ACTION', value: ({ permission }) => permission },
  { head: 'TARGET', value: ({ target }) => target },
  { head: 'ASKED BY', value: ({ initiator }) => initiator },
  { head: 'APPROVERS', value: ({ approvers }) => approvers.join(' '), wide: true },
  { head: 'DIGEST', value: ({ digest }) => digest.slice(0, 10), exact: ({ digest }) => digest, wide: true },
  { head: 'SUMMARY', value: ({ summary }) => summary, flexible: true },
];

async function listApprovals(call: Call<ListOptions>): Promise<undefined> {
  const { terminal, options, io } = call;
  const { agent, mine, all } = options;
  const status = options.status ?? (all ? undefined : ['held' as const]);
  const query = { ...pageQuery(options), ...given({ status, agent, mine }) };
  const answer = await (await call.api()).call(routes['approvals.list'], { query });
  printListing(terminal, options.output, {
    answer,
    rows: answer.data,
    columns: COLUMNS(io.now()),
    name: ({ id }) => id,
    whenEmpty: 'Nothing waits for a person.',
  });
  tellMore(terminal, answer);
}

async function getApproval(call: Call<Printed>): Promise<undefined> {
  const { terminal, options, io } = call;
  const approval = await fetchApproval(call);
  const show = (): string => {
    const card = cardLines(approval, terminal.paint, { now: io.now(), whole: true });
    return [...card, ...(approval.status === 'held' ? [] : [outcomeLine(approval)])].join('\n');
  };
  printObject(terminal, options.output, approval, show);
}

async function approve(call: Call<ApproveOptions>): Promise<number> {
  const { terminal, options, io } = call;
  const approval = await fetchApproval(call);
  for (const line of cardLines(approval, terminal.tint, { now: io.now(), whole: true })) terminal.tell(line);
  if (approval.status === 'held' && !options.yes && options.digest === undefined) {
    const answer = await terminal.ask('Approve this? [y/N] ', {
      flag: `--yes, or --digest ${approval.digest.slice(0, 10)} for exactly this`,
      isDecision: true,
    });
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      terminal.tell(`Nothing was decided. Say no with: ${typed('approvals', 'deny', approval.short_id)}`);
      return EXIT.no;
    }
  }
  const { reason } = options;
  const body = { digest: options.digest ?? approval.digest, ...given({ reason }) };
  const decided = await (
    await call.api()
  ).call(routes['approvals.approve'], { params: { id: approval.id }, body });
  printDecided(call, decided);
  return EXIT.ok;
}

async function denyApproval(call: Call<DenyOptions>): Promise<undefined> {
  const { terminal, options, args } = call;
  const asked = options.reason === undefined && terminal.isInteractive;
  const reason = asked
    ? await terminal.ask('Reason (the agent gets it; may be empty): ', { flag: '--reason', isDecision: true })
    : options.reason;
  const body = reason ? { reason } : {};
  const decided = await (
    await call.api()
  ).call(routes['approvals.deny'], { params: { id: args[0] ?? '' }, body });
  printDecided(call, decided);
}

async function fetchApproval(call: Call<Printed>): Promise<ApprovalView> {
  return (await call.api()).call(routes['approvals.get'], { params: { id: call.args[0] ?? '' } });
}

function printDecided({ terminal, options }: Call<Printed>, decided: ApprovalView): void {
  printObject(terminal, options.output, decided, () => outcomeLine(decided));
  if (decided.status === 'held')
    terminal.note(`${decided.votes.length} of ${decided.min_approvals} approvals so far.`);
  else if (!isSettled(decided))
    terminal.note(`See what became of it with: ${typed('approvals', 'get', decided.short_id)}`);
}
