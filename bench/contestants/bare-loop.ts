import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, tool } from 'ai';

import { serve, type Opened } from '../support/serve.js';
import { ANSWER, FOUND, INSTRUCTIONS, MODEL_ID, QUESTION, READ_NAME, READ_WORDS, readArgs } from './work.js';

export interface BareGiven {
  modelUrl: string;
}

const MOST_STEPS = 5;

/** The AI SDK's own loop as its documentation shows it: nothing is stored, limited, priced or audited. */
async function open({ modelUrl }: BareGiven): Promise<Opened> {
  const openai = createOpenAI({ apiKey: 'sk-bench', baseURL: modelUrl });
  let reads = 0;
  const read = tool({
    description: READ_WORDS,
    inputSchema: readArgs,
    execute: async () => {
      reads += 1;
      return FOUND;
    },
  });
  return {
    once: async () => {
      const { text } = await generateText({
        model: openai.responses(MODEL_ID),
        instructions: INSTRUCTIONS,
        prompt: QUESTION,
        tools: { [READ_NAME]: read },
        stopWhen: isStepCount(MOST_STEPS),
        providerOptions: { openai: { store: false } },
      });
      if (text !== ANSWER) throw new Error(`The bare loop answered: ${text}`);
    },
    verify: async (done) => {
      if (reads !== done) throw new Error(`The tool ran ${reads} times in ${done} runs`);
    },
    close: async () => undefined,
  };
}

serve(open);
