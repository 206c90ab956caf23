import { createOpenAI } from '@ai-sdk/openai';
import { demoTools } from '@openloop/adapter-demo';
import { functionName, randomChars } from '@openloop/kernel';
import type { Tool } from '@openloop/tools';
import { App, HTTPReceiver } from '@slack/bolt';
import { generateText, isStepCount, tool } from 'ai';
import { z } from 'zod';

import { INSTRUCTIONS, MODEL_ID } from '../contestants/work.js';
import type { SlackPlace } from './load.js';

export interface BoltGiven {
  slack: SlackPlace;
  modelUrl: string;
  /** Where the demo tracker's issues are. */
  folder: string;
}

const MOST_STEPS = 5;
const KEY_CHARS = 26;
const HOST = '127.0.0.1';

/** A bot as Bolt's and the AI SDK's documentation show it: nothing is stored, limited, priced or audited. */
async function start({ slack, modelUrl, folder }: BoltGiven): Promise<string> {
  const openai = createOpenAI({ apiKey: 'sk-bench', baseURL: modelUrl });
  const found = demoTools({ directory: folder }).find((each) => each.effect === 'read');
  if (!found) throw new Error('The demo has no read');
  const tools = { [functionName(found.permission)]: asSdkTool(found) };
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, endpoints: ['/slack/events'] });
  const app = new App({ token: slack.botToken, receiver, clientOptions: { slackApiUrl: slack.apiUrl } });
  app.event('app_mention', async ({ event, say }) => {
    const { text } = await generateText({
      model: openai.responses(MODEL_ID),
      instructions: INSTRUCTIONS,
      prompt: event.text,
      tools,
      stopWhen: isStepCount(MOST_STEPS),
      providerOptions: { openai: { store: false } },
    });
    await say({ text, thread_ts: event.thread_ts ?? event.ts });
  });
  const server = await app.start({ port: 0, host: HOST });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bolt listens on no port');
  return `http://${HOST}:${address.port}`;
}

function asSdkTool({ description, parameters, ...read }: Extract<Tool, { effect: 'read' }>) {
  return tool({
    description,
    inputSchema: z.object({ number: z.number() }),
    execute: async (args) => {
      const context = { signal: new AbortController().signal, effectKey: randomChars(KEY_CHARS) };
      return (await read.run(parameters.parse(args), context)).data;
    },
  });
}

const url = await start(JSON.parse(process.argv[2] ?? '{}') as BoltGiven); // what the bench passes
console.error(JSON.stringify({ url }));
