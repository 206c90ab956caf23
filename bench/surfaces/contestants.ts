import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { demoTools } from '@openloop/adapter-demo';
import { randomChars } from '@openloop/kernel';

import { INSTRUCTIONS, MODEL_ID, PROPOSED } from '../contestants/work.js';
import { App, type AppProgram } from './app.js';
import type { BoltGiven } from './bolt-alone.js';
import { Slack } from './slack.js';

/** One contestant: its program, and the Slack that talks to it. */
export interface Contestant {
  label: string;
  app: App;
  slack: Slack;
  usesServer: boolean;
  /** Of a start that finds everything prepared. */
  readyMs: number;
  idleMb: number;
}

export interface Setting {
  label: string;
  /** Made anew, empty, for this one. */
  folder: string;
  modelUrl: string;
  database: { url: string } | 'embedded' | 'none';
}

export const TOOL = 'demo.issues:read';
const MAIN = fileURLToPath(new URL('../../../apps/runtime/dist/main.js', import.meta.url));
const BOLT = fileURLToPath(new URL('./bolt-alone.js', import.meta.url));
const KEY_CHARS = 26;
const AGENT = `
apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata: { name: bench, workspace: default }
spec:
  instructions: ${INSTRUCTIONS}
  surfaces: [{ type: slack }]
  model_policy: { default: openai/${MODEL_ID} }
  tools: [{ name: demo, type: native, permissions: ['issues:read'] }]
  budget: { monthly_usd: 1000000, per_task_usd: 0.50 }
`;

/** Starts it, stops it, and starts it again: the second start is the one that is measured. */
export async function enter(setting: Setting): Promise<Contestant> {
  const { label, database } = setting;
  const slack = await Slack.open();
  const program = await programOf(setting, slack);
  if (database !== 'none') await (await App.start(program)).app.stop();
  const { app, url, readyMs } = await App.start(program);
  const idleMb = await app.idleMb();
  await slack.deliverTo(`${url}/slack/events`);
  return { label, app, slack, usesServer: typeof database === 'object', readyMs, idleMb };
}

export async function leave({ app, slack }: Contestant): Promise<void> {
  slack.leave();
  await app.stop();
}

async function programOf({ folder, modelUrl, database }: Setting, slack: Slack): Promise<AppProgram> {
  const data = join(folder, 'data');
  await seedIssue(join(data, 'demo'));
  if (database === 'none') {
    const given: BoltGiven = { slack: slack.place, modelUrl, folder: join(data, 'demo') };
    return { args: [BOLT, JSON.stringify(given)], env: {}, folder };
  }
  const agents = join(folder, 'agents');
  await mkdir(agents);
  await writeFile(join(agents, 'bench.yaml'), AGENT);
  const env = {
    PORT: '0',
    OPENLOOP_DATA: data,
    AGENTS_DIR: agents,
    OPENAI_API_KEY: 'sk-bench',
    OPENAI_BASE_URL: modelUrl,
    SLACK_BOT_TOKEN: slack.place.botToken,
    SLACK_SIGNING_SECRET: slack.place.signingSecret,
    SLACK_API_URL: slack.place.apiUrl,
    ...(typeof database === 'object' && { DATABASE_URL: database.url }),
  };
  return { args: [MAIN, 'start'], env, folder };
}

/** The issue that the model will want to read. */
async function seedIssue(directory: string): Promise<void> {
  const write = demoTools({ directory }).find(({ effect }) => effect === 'write');
  if (write?.effect !== 'write') throw new Error('The demo has no write');
  const context = { signal: new AbortController().signal, effectKey: randomChars(KEY_CHARS) };
  const ended = await write.run(write.parameters.parse(PROPOSED), context);
  if (ended.kind !== 'done') throw new Error(`The issue was not written: ${ended.kind}`);
}
