import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  anthropicModel,
  geminiModel,
  ollamaModel,
  openAiCompatibleModel,
  openAiModel,
  openRouterModel,
} from '@openloop/adapter-ai-sdk';
import { BullQueue } from '@openloop/adapter-bullmq';
import { demoTools } from '@openloop/adapter-demo';
import { githubTools, type GitHubOptions } from '@openloop/adapter-github';
import { McpServers } from '@openloop/adapter-mcp';
import { migrate, openDatabase, type Database } from '@openloop/adapter-postgres';
import { AppError, Secret, type Queue } from '@openloop/kernel';
import { builtInPrices, Models, SimulatedModel, type Model } from '@openloop/models';
import type { Tool } from '@openloop/tools';

import { compose, type Log, type System } from './compose.js';
import type { Config } from './config.js';
import { mcpPrograms } from './mcp-programs.js';

export interface OpenSystem {
  system: System;
  /** Stops intake, waits for running work, and closes everything, in order. */
  close(): Promise<void>;
}

/**
 * Opens what the configuration names and wires it. A database that is away is an error here and now:
 * there is no memory to fall back to.
 */
export async function openSystem(config: Config, log: Log): Promise<OpenSystem> {
  const onError = (error: Error) => log.warn({ err: error }, 'A connection broke; it is made again');
  const database = await openDatabase(config.database, { onError, poolSize: config.poolSize });
  try {
    await migrate(database.pool);
    const queue = await openQueue(config, database, onError);
    const programs = await mcpPrograms(config.mcpServersFile);
    const servers = new McpServers({ env: config.agentEnv, programs, path: config.path, log });
    const system = compose({
      database,
      queue,
      models: new Models(connectedModels(config)),
      prices: builtInPrices,
      tools: await connectedTools(config),
      toolServers: servers,
      programs: Object.keys(programs),
      agentEnv: config.agentEnv,
      log,
    });
    // Only one process can open a folder: whoever held a run before this start is gone.
    if (database.kind === 'embedded') await system.system.expireLeases();
    await system.feed.start();
    return {
      system,
      close: async () => {
        try {
          await close(system);
        } finally {
          await servers.close();
        }
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function close({ workers, feed, database }: System): Promise<void> {
  await workers.stop();
  await feed.stop();
  await database.close();
}

function openQueue(
  config: Config,
  { pool }: Database,
  onError: (error: Error) => void,
): Promise<Queue & { ready(): Promise<void> }> {
  return config.redisUrl
    ? BullQueue.onRedis({ url: config.redisUrl, onError })
    : BullQueue.onPostgres({ pool, onError });
}

function connectedModels(config: Config): Record<string, Model> {
  const { openai, anthropic, gemini, ollama, openrouter, openAiCompatible } = config;
  return {
    sim: new SimulatedModel(),
    ...(openai && { openai: openAiModel(openai) }),
    ...(anthropic && { anthropic: anthropicModel(anthropic) }),
    ...(gemini && { gemini: geminiModel(gemini) }),
    ...(ollama && { ollama: ollamaModel(ollama) }),
    ...(openrouter && { openrouter: openRouterModel(openrouter) }),
    ...Object.fromEntries(openAiCompatible.map((host) => [host.name, openAiCompatibleModel(host)])),
  };
}

async function connectedTools({ github, dataFolder }: Config): Promise<Tool[]> {
  const demo = demoTools({ directory: join(dataFolder, 'demo') });
  return [...demo, ...githubTools(await githubOptions(github))];
}

/** Without credentials the tools are known all the same, so that agents can be checked; a call says what is missing. */
async function githubOptions(github: Config['github']): Promise<GitHubOptions> {
  if (!github) return { token: new Secret('') };
  if ('token' in github) return github;
  const { app, ...place } = github;
  try {
    const privateKey = new Secret(await readFile(app.keyPath, 'utf8'));
    return { ...place, app: { appId: app.appId, installationId: app.installationId, privateKey } };
  } catch (cause) {
    throw new AppError(
      'invalid',
      'config.github_key',
      'The file of GITHUB_APP_PRIVATE_KEY_PATH cannot be read',
      {
        cause,
        hint: 'Check that the path is right and that this user may read it',
      },
    );
  }
}
