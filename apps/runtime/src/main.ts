import { existsSync } from 'node:fs';

import { migrate, openDatabase } from '@openloop/adapter-postgres';
import { AppError, messageOf } from '@openloop/kernel';

import { openPage } from './checks/open-page.js';
import { OPERATOR_COMMANDS } from './checks/operator-commands.js';
import { loadConfig, type Config } from './config.js';
import { devBanner } from './dev-banner.js';
import { devKey, writeDevFile } from './dev-file.js';
import { logger, serve, type Serving } from './serve.js';

const EXIT = { invalid: 3, conflict: 6, unavailable: 7, bug: 7 } as const;

async function start(config: Config): Promise<void> {
  const log = logger(config.logLevel ?? 'info');
  const serving = await serve(config, { adminKey: config.adminKey }, log);
  if (!config.adminKey) log.info({}, 'No OPENLOOP_ADMIN_KEY is set: only keys made earlier are valid');
  log.info(
    { url: serving.url, agents: serving.agents, database: serving.system.database.kind },
    'OpenLoop is ready',
  );
  stopOnSignal(serving);
}

async function dev(config: Config): Promise<void> {
  const startedAt = performance.now();
  const key = config.adminKey ?? (await devKey(config.dataFolder));
  const serving = await serve(config, { adminKey: key, withDemo: true }, logger(config.logLevel ?? 'error'));
  await writeDevFile(config.dataFolder, serving.url, key);
  const ms = performance.now() - startedAt;
  process.stdout.write(await devBanner(serving, { folder: config.dataFolder, ms }));
  stopOnSignal(serving);
}

async function migrateOnly(config: Config): Promise<void> {
  const database = await openDatabase(config.database);
  try {
    const { applied, already } = await migrate(database.pool);
    const words =
      applied.length > 0
        ? `Applied ${applied.join(', ')}`
        : `Nothing to do: ${already} migrations were there`;
    process.stdout.write(`${words}\n`);
  } finally {
    await database.close();
  }
}

/** Finishes what runs, then leaves. A second signal leaves at once. */
function stopOnSignal(serving: Serving): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      void serving.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

function fail(error: unknown): never {
  const known = error instanceof AppError ? error : null;
  if (known?.code === 'setup.interrupted') process.exit(130);
  process.stderr.write(`error: ${messageOf(error)}\n`);
  if (known?.hint) process.stderr.write(`  ${known.hint}\n`);
  const code = EXIT[(known?.kind ?? 'bug') as keyof typeof EXIT] ?? 1; // other kinds are not thrown at start
  process.exit(code);
}

const COMMANDS: Readonly<Record<string, (config: Config) => Promise<void>>> = {
  start,
  dev,
  migrate: migrateOnly,
};

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const name = process.argv[2] ?? 'start';
  // They look at a broken environment too, so they read it themselves.
  const operator = OPERATOR_COMMANDS[name];
  if (operator) {
    const { argv, env, stdin, stdout, stderr } = process;
    process.exit(
      await operator({ args: argv.slice(3), env, cwd: process.cwd(), stdin, stdout, stderr, openPage }),
    );
  }
  const command = COMMANDS[name];
  if (!command)
    throw new AppError('invalid', 'runtime.command', `There is no command ${name}`, {
      hint: 'Use start, dev, migrate, doctor, slack-manifest or slack-setup',
    });
  await command(loadConfig(process.env));
} catch (error) {
  fail(error);
}
