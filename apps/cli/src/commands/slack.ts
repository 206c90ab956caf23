import { checkText, routes } from '@openloop/api-contract';
import { Option, type Command } from 'commander';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { checkStyle } from '../doctor/check-style.js';
import { withExamples } from '../examples.js';
import { EXIT, wrongUsage } from '../exit-code.js';
import { printValue, type Format } from '../output/formats.js';

interface AppOptions {
  minimal?: boolean;
  http?: string;
  name?: string;
}

type ManifestOptions = AppOptions & { out?: string; open?: boolean };
type TestOptions = { channel: string; within: string; output: Format };

export function addSlack(cli: Cli): void {
  const slack = cli.program.command('slack').description('connect Slack, and see that it works');
  withExamples(slack, [
    ['openloop slack setup', 'make the app, paste its tokens, look at all of it'],
    ["openloop slack test --channel '#dev-platform'", 'a card goes out, somebody presses, it comes back'],
    [
      'openloop slack manifest --http https://agents.example.com',
      'the app for a server with a public address',
    ],
  ]);
  const manifest = appOptions(slack.command('manifest').description('the app’s manifest, as Slack takes it'))
    .option('--out <file>', 'write it there')
    .option('--open', 'open Slack’s page with it filled in');
  whenRun<ManifestOptions>(cli, manifest, ({ io, options }) => io.startRuntime(manifestArgs(options)));
  const setup = appOptions(
    slack.command('setup').description('from no app to a connected one, step by step'),
  );
  whenRun<AppOptions>(cli, setup, setUp);
  whenRun<TestOptions>(cli, testCommand(slack), test);
}

function appOptions(command: Command): Command {
  return command
    .option('--minimal', 'only the scopes without which nothing works')
    .option('--http <url>', 'Slack sends to this public https address; without it, Socket Mode')
    .option('--name <name>', 'how the app is called in Slack');
}

function appArgs({ minimal, http, name }: AppOptions): string[] {
  return [
    ...(minimal ? ['--minimal'] : []),
    ...(http === undefined ? [] : [`--http=${http}`]),
    ...(name === undefined ? [] : [`--name=${name}`]),
  ];
}

function manifestArgs({ out, open, ...app }: ManifestOptions): string[] {
  return [
    'slack-manifest',
    ...appArgs(app),
    ...(out === undefined ? [] : [`--out=${out}`]),
    ...(open ? ['--open'] : []),
  ];
}

async function setUp({ io, options, terminal }: Call<AppOptions>): Promise<number> {
  if (!terminal.isInteractive) {
    throw wrongUsage(
      'This asks for secrets, and nobody can be asked here',
      'put SLACK_BOT_TOKEN and SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET) into .env, then run `openloop doctor slack`',
    );
  }
  return io.startRuntime(['slack-setup', ...appArgs(options)]);
}

const WITHIN_SECONDS = '120';

function testCommand(slack: Command): Command {
  const command = slack
    .command('test')
    .description('post a card with a harmless button, and wait until somebody presses it')
    .addOption(new Option('--channel <channel>', '`#dev-platform`, or its id').makeOptionMandatory())
    .option('--within <seconds>', 'how long to wait for the press (5 to 240)', WITHIN_SECONDS);
  return withOutput(command, ['table', 'json']);
}

async function test({ api, options, terminal }: Call<TestOptions>): Promise<number> {
  const within = Number(options.within);
  if (!Number.isInteger(within))
    throw wrongUsage('--within is a whole number of seconds', 'say --within 120');
  terminal.note(`Posting in ${options.channel}; press the button there within ${within} s.`);
  const report = await (
    await api()
  ).call(routes['surfaces.test'], {
    params: { name: 'slack' },
    body: { channel: options.channel, within },
  });
  if (options.output === 'json') printValue(terminal, 'json', report);
  else terminal.print(checkText(report, checkStyle(terminal)));
  return report.errors > 0 ? EXIT.no : EXIT.ok;
}
