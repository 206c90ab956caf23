import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';

import { McpServers } from '@openloop/adapter-mcp';
import { kyselyOn, openDatabase, PostgresAgentStore, type Database } from '@openloop/adapter-postgres';
import type { Agent } from '@openloop/agent-spec';
import { CheckArea, checkText, type ChecksReport, type CheckStyle } from '@openloop/api-contract';
import { AppError, type WorkspaceId } from '@openloop/kernel';
import { showPlainly, type Check } from '@openloop/surfaces';

import { loadConfig, type Config } from '../config.js';
import { WORKSPACE } from '../first-admin.js';
import { readAgentFiles, strayNames } from './config-checks.js';
import { diskChecks } from './disk.js';
import type { DatabaseGround, Grounds } from './grounds.js';
import { nodeChecks } from './node.js';
import type { OperatorIo } from './operator-io.js';
import { checkView, reportOf, runChecks } from './run-checks.js';
import { failedBy } from './words.js';

const OPTIONS = {
  strict: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o', default: 'table' },
  json: { type: 'boolean', default: false },
  'no-color': { type: 'boolean', default: false },
} as const;

/** `doctor [AREA] [--strict] [-o json]`: the checks without a server. Gives the exit code. */
export async function doctorCommand(io: OperatorIo): Promise<number> {
  const { areas, isStrict, isJson, hasColor } = wanted(io);
  const report = await diagnose(io.env, areas);
  const text = isJson ? JSON.stringify(report, null, 2) : checkText(report, styleOn(io.stdout, hasColor));
  io.stdout.write(`${text}\n`);
  return report.errors > 0 || (isStrict && report.warnings > 0) ? 1 : 0;
}

/** A configuration that is not valid is a red line, and what needs none is looked at all the same. */
export async function diagnose(env: NodeJS.ProcessEnv, areas: readonly CheckArea[]): Promise<ChecksReport> {
  const stray = areas.includes('config') ? strayNames(Object.keys(env)) : [];
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    return withoutConfig(error, { areas, stray });
  }
  const { grounds, close } = await openGrounds(config, areas);
  try {
    const report = await runChecks(grounds, areas);
    return reportOf([...report.data, ...stray.map((check) => checkView('config', check))]);
  } finally {
    await close();
  }
}

async function withoutConfig(
  error: unknown,
  { areas, stray }: { areas: readonly CheckArea[]; stray: readonly Check[] },
): Promise<ChecksReport> {
  const config = loadConfig({});
  const bare = { config, isServing: false, database: { state: 'absent' as const }, agents: async () => [] };
  const looks = { node: () => nodeChecks(bare), disk: () => diskChecks(bare) };
  const looked = await Promise.all(
    areas.map(async (area) => {
      if (area !== 'node' && area !== 'disk') return [];
      return (await looks[area]()).map((check) => checkView(area, check));
    }),
  );
  const ofConfig = [failedBy('settings', error), ...stray].map((check) => checkView('config', check));
  return reportOf([...ofConfig, ...looked.flat()]);
}

const NEEDS_DATABASE: ReadonlySet<CheckArea> = new Set([
  'database',
  'queue',
  'clock',
  'models',
  'slack',
  'github',
  'mcp',
]);

/** Opens what is there. Nothing is made: an embedded database that never ran stays unmade. */
async function openGrounds(
  config: Config,
  areas: readonly CheckArea[],
): Promise<{ grounds: Grounds; close: () => Promise<void> }> {
  const isNeeded = areas.some((area) => NEEDS_DATABASE.has(area));
  const { ground, close } = isNeeded
    ? await openGround(config)
    : { ground: ABSENT, close: async () => undefined };
  const agents = () => (ground.state === 'open' ? appliedAgents(ground, config) : agentsInFiles(config));
  const toolServers = new McpServers({ env: config.agentEnv });
  return {
    grounds: { config, isServing: false, database: ground, agents, toolServers },
    close: async () => {
      await Promise.all([close(), toolServers.close()]);
    },
  };
}

const ABSENT: DatabaseGround = { state: 'absent' };

async function openGround(config: Config): Promise<{ ground: DatabaseGround; close: () => Promise<void> }> {
  const nothing = async () => undefined;
  const place = config.database;
  if ('directory' in place && !existsSync(join(place.directory, 'postgres'))) {
    return { ground: ABSENT, close: nothing };
  }
  try {
    const database = await openDatabase(place, { poolSize: 3 });
    return { ground: { state: 'open', ...database }, close: () => database.close() };
  } catch (error) {
    return { ground: { state: 'closed', error }, close: nothing };
  }
}

/** As the next start would find them: applied earlier, or in the files. */
async function appliedAgents({ pool }: Pick<Database, 'pool'>, config: Config): Promise<Agent[]> {
  const inFiles = await agentsInFiles(config);
  const { rows } = await pool.query<{ hasAgents: boolean }>(
    `SELECT to_regclass('public.agents') IS NOT NULL AS "hasAgents"`,
  );
  if (!rows[0]?.hasAgents) return inFiles;
  const found = await pool.query<{ id: WorkspaceId }>('SELECT id FROM public.workspaces WHERE name = $1', [
    WORKSPACE,
  ]);
  const id = found.rows[0]?.id;
  if (!id) return inFiles;
  const names = new Set(inFiles.map(({ name }) => name));
  const applied = await new PostgresAgentStore(kyselyOn(pool), id).list();
  return [...inFiles, ...applied.map(({ current }) => current.agent).filter(({ name }) => !names.has(name))];
}

async function agentsInFiles({ agentsFolder }: Config): Promise<Agent[]> {
  return (await readAgentFiles(agentsFolder)).agents;
}

function wanted({ args, env }: OperatorIo) {
  const { values, positionals } = read(args);
  const unknown = positionals.find((area) => !CheckArea.safeParse(area).success);
  if (unknown !== undefined) {
    throw new AppError('invalid', 'doctor.area', `There is no area ${unknown}`, {
      hint: `Use ${CheckArea.options.join(', ')}`,
    });
  }
  const areas = CheckArea.options.filter((area) => positionals.length === 0 || positionals.includes(area));
  return {
    areas,
    isStrict: values.strict,
    isJson: values.json || values.output === 'json',
    hasColor: !values['no-color'] && !env['NO_COLOR'],
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new AppError('invalid', 'doctor.usage', 'There is no such option', {
      cause,
      hint: 'doctor [AREA] [--strict] [-o json] [--no-color]',
    });
  }
}

export function styleOn(stdout: OperatorIo['stdout'], hasColor: boolean): CheckStyle {
  const isColored = hasColor && stdout.isTTY === true;
  const tint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isColored ? styleText(format, text, { validateStream: false }) : text;
  return { ok: tint('green'), warning: tint('yellow'), error: tint('red'), heading: tint('bold'), plain };
}

function plain(text: string): string {
  return showPlainly(text).replace(/\s+/g, ' ');
}
