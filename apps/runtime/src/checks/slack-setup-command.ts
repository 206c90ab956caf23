import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';

import {
  checkAppToken,
  checkBotToken,
  newAppLink,
  signingSecretCheck,
  slackManifest,
  type ManifestOptions,
} from '@openloop/adapter-slack';
import { checkText } from '@openloop/api-contract';
import { AppError, Secret } from '@openloop/kernel';
import type { Check } from '@openloop/surfaces';

import { diagnose, styleOn } from './doctor-command.js';
import { setInEnvFile } from './env-file.js';
import { hiddenLine, showTyping } from './hidden-line.js';
import type { OperatorIo } from './operator-io.js';
import { openLink } from './slack-manifest-command.js';
import { stepView } from './run-checks.js';

const OPTIONS = {
  minimal: { type: 'boolean', default: false },
  http: { type: 'string' },
  name: { type: 'string' },
} as const;

/** What is asked for, where it is found, and how it is proven. */
interface Wanted {
  setting: string;
  where: string;
  question: string;
  looksRight: RegExp;
  prove: (secret: Secret) => Promise<readonly Check[]>;
}

/** `slack-setup [--minimal] [--http URL] [--name N]`: from no app to a connected one, asking for each secret in turn. */
export async function slackSetupCommand(io: OperatorIo): Promise<number> {
  const options = readOptions(io.args);
  const { features } = slackManifest(options);
  if (io.stdin.isTTY !== true) throw notAttended();
  const tell = (text: string) => void io.stderr.write(`${text}\n`);
  tell('1. Make the app: choose your workspace, look the manifest over, press Create.');
  await openLink(io, newAppLink(options));
  tell('2. Under “Install App” press “Install to Workspace” and allow what it asks for.');
  const values = await askAll(io, options);
  const covered = await settingsThatWin(io, values);
  await setInEnvFile(io.cwd, values);
  tell('4. Written to .env, which only you may read now. Looking at all of it:');
  const report = await diagnose({ ...io.env, ...values }, ['slack']);
  io.stdout.write(`${checkText(report, styleOn(io.stdout, !io.env['NO_COLOR']))}\n`);
  for (const name of covered) {
    tell(`! ${name} is also set outside .env, and that value wins: unset it there`);
  }
  tell(nextSteps(features.bot_user.display_name));
  return report.errors > 0 ? 1 : 0;
}

/** Socket Mode goes first when both are set, so that HTTP takes its token away. */
async function askAll(io: OperatorIo, options: ManifestOptions): Promise<Record<string, string>> {
  const values: Record<string, string> = options.http === undefined ? {} : { SLACK_APP_TOKEN: '' };
  try {
    for (const wanted of wantedSecrets(io, options)) {
      io.stderr.write(`${wanted.where}\n`);
      values[wanted.setting] = (await proven(io, wanted)).reveal();
    }
    return values;
  } finally {
    showTyping(io);
  }
}

function wantedSecrets({ env }: OperatorIo, { http }: ManifestOptions): Wanted[] {
  const apiUrl = env['SLACK_API_URL'];
  const placeOf = (token: Secret) => ({ token, ...(apiUrl && { apiUrl }) });
  const bot: Wanted = {
    setting: 'SLACK_BOT_TOKEN',
    where: '3. Under “OAuth & Permissions” copy the “Bot User OAuth Token”.',
    question: '   Paste it here (xoxb-…, not shown): ',
    looksRight: /^xoxb-[A-Za-z0-9-]{10,}$/,
    prove: async (token) => (await checkBotToken(placeOf(token))).checks,
  };
  const app: Wanted = {
    setting: 'SLACK_APP_TOKEN',
    where: '   Under “Basic Information” › “App-Level Tokens” generate one with the scope connections:write.',
    question: '   Paste it here (xapp-…, not shown): ',
    looksRight: /^xapp-[A-Za-z0-9-]{10,}$/,
    prove: async (token) => (await checkAppToken(placeOf(token))).checks,
  };
  const signing: Wanted = {
    setting: 'SLACK_SIGNING_SECRET',
    where: '   Under “Basic Information” › “App Credentials” show the “Signing Secret”.',
    question: '   Paste it here (not shown): ',
    looksRight: /^[0-9a-f]{32}$/,
    prove: async (secret) => [signingSecretCheck(secret)],
  };
  return [bot, http === undefined ? app : signing];
}

const TRIES = 5;

/** Asks until Slack takes what was pasted. Nothing is kept that does not work. */
async function proven(io: OperatorIo, wanted: Wanted): Promise<Secret> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const text = await hiddenLine(io, wanted.question);
    if (!wanted.looksRight.test(text)) {
      io.stderr.write('   That does not look like one. Copy all of it, and nothing else.\n');
      continue;
    }
    const secret = new Secret(text);
    const checks = (await wanted.prove(secret)).map(stepView);
    const errors = checks.filter(({ status }) => status === 'error').length;
    io.stderr.write(
      `${checkText({ data: checks, errors, warnings: 0 }, styleOn(io.stderr, false)).replace(/\n[^\n]*$/, '')}\n`,
    );
    if (errors === 0) return secret;
  }
  throw new AppError('blocked', 'setup.interrupted', 'Slack took none of them; nothing was written', {
    hint: 'docs/slack.md shows where each is found',
  });
}

/** Names whose value comes from outside `.env`: what is written there would not be read. */
async function settingsThatWin(
  { cwd, env }: OperatorIo,
  values: Readonly<Record<string, string>>,
): Promise<string[]> {
  const text = await readFile(join(cwd, '.env'), 'utf8').catch(() => '');
  const kept = parseEnv(text);
  return Object.keys(values).filter((name) => env[name] && env[name] !== kept[name]);
}

function nextSteps(bot: string): string {
  return [
    '5. Start, or start again: `npm start`, or `openloop server start`.',
    `   In a channel of an agent say: /invite @${bot}`,
    "   Then: openloop slack test --channel '#your-channel'",
  ].join('\n');
}

function notAttended(): AppError {
  return new AppError(
    'invalid',
    'setup.not_a_terminal',
    'This asks for secrets, and this is not a terminal',
    {
      hint: 'Put SLACK_BOT_TOKEN and SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET) into .env yourself, then run `openloop doctor slack`',
    },
  );
}

function readOptions(args: readonly string[]): ManifestOptions {
  try {
    const { http, name, minimal } = parseArgs({ args: [...args], options: OPTIONS }).values;
    return { minimal, ...(http !== undefined && { http }), ...(name !== undefined && { name }) };
  } catch (cause) {
    throw new AppError('invalid', 'slack.usage', 'There is no such option', {
      cause,
      hint: 'slack-setup [--minimal] [--http URL] [--name NAME]; secrets are asked for, never given here',
    });
  }
}
