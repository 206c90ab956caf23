import { describe, expect, it } from '@jest/globals';

import { Models } from './models.js';
import { modelRequest } from './testing/builders.js';
import { say, ScriptedModel } from './testing/scripted-model.js';

describe('Models', () => {
  it('lets the provider before the first slash reply', async () => {
    const openai = new ScriptedModel(say('From OpenAI'));
    const openrouter = new ScriptedModel(say('From OpenRouter'));
    const models = new Models({ openai, openrouter });

    const reply = await models.reply(modelRequest({ model: 'openrouter/openai/gpt-4o' }));

    expect(reply.text).toBe('From OpenRouter');
    expect(openai.asked).toEqual([]);
    expect(openrouter.asked[0]?.model).toBe('openrouter/openai/gpt-4o');
  });

  it.each([
    ['anthropic/claude-sonnet-4-6', 'ANTHROPIC_API_KEY'],
    ['ollama/llama3', 'OLLAMA_BASE_URL'],
    ['my-lab/big', 'OPENAI_COMPATIBLE_MY_LAB_BASE_URL'],
    ['constructor/x', 'OPENAI_COMPATIBLE_CONSTRUCTOR_BASE_URL'],
  ] as const)('names the setting that connects the provider of %s', async (model, setting) => {
    const asked = new Models({ sim: new ScriptedModel() }).reply(modelRequest({ model }));

    await expect(asked).rejects.toMatchObject({
      kind: 'invalid',
      code: 'models.no_provider',
      hint: expect.stringContaining(setting),
    });
  });

  it('lists its providers and knows which models are simulated', () => {
    const models = new Models({ sim: new ScriptedModel(), openai: new ScriptedModel() });

    expect(models.providers()).toEqual(['openai', 'sim']);
    expect(models.isSimulated('sim/demo')).toBe(true);
    expect(models.isSimulated('openai/sim')).toBe(false);
  });
});
