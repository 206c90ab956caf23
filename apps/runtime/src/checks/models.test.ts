import { afterEach, describe, expect, it } from '@jest/globals';

import { modelChecks } from './models.js';
import { agentOf, checkOf, groundsOf, never } from '../../test/checks/grounds.js';
import { Web } from '../../test/checks/web.js';

const web = new Web();
afterEach(() => web.close());

const GPT = agentOf('triage', '  model_policy:\n    default: openai/gpt-4o-mini\n');

describe('the model checks', () => {
  it.each<[string, (url: string) => Record<string, string>, string, string]>([
    [
      'openai',
      (url) => ({ OPENAI_API_KEY: 'k-good', OPENAI_BASE_URL: `${url}/v1` }),
      '/v1/models',
      'Bearer k-good',
    ],
    [
      'anthropic',
      (url) => ({ ANTHROPIC_API_KEY: 'k-good', ANTHROPIC_BASE_URL: `${url}/v1` }),
      '/v1/models?limit=1000',
      'k-good',
    ],
    [
      'gemini',
      (url) => ({ GEMINI_API_KEY: 'k-good', GEMINI_BASE_URL: `${url}/v1beta` }),
      '/v1beta/models?pageSize=1000',
      'k-good',
    ],
    [
      'openrouter',
      (url) => ({ OPENROUTER_API_KEY: 'k-good', OPENROUTER_BASE_URL: `${url}/api/v1` }),
      '/api/v1/key',
      'Bearer k-good',
    ],
    ['ollama', (url) => ({ OLLAMA_BASE_URL: `${url}/v1/` }), '/v1/models', ''],
    [
      'local',
      (url) => ({ OPENAI_COMPATIBLE_LOCAL_BASE_URL: `${url}/v1`, OPENAI_COMPATIBLE_LOCAL_API_KEY: 'k-good' }),
      '/v1/models',
      'Bearer k-good',
    ],
  ])('ask %s for nothing that costs, with its key where it belongs', async (name, env, path, key) => {
    const asked: (string | undefined)[] = [];
    const url = await web.serve(({ method, url: at, headers }) => {
      asked.push(`${method} ${at}`);
      const given = headers['authorization'] ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? '';
      return given === key ? { body: { data: [] } } : { status: 401 };
    });
    const checks = await modelChecks(groundsOf(env(url)), never);

    expect(checks).toMatchObject([{ name, status: 'ok' }]);
    expect(asked).toEqual([`GET ${path}`]);
  });

  it.each([
    [401, 'error', 'OPENAI_API_KEY'],
    [403, 'error', 'OPENAI_API_KEY'],
    [404, 'warning', 'up to and including the version'],
    [429, 'warning', 'balance'],
    [500, 'error', 'Try again'],
  ])('say what to do about a %i', async (status, found, fix) => {
    const url = await web.serve(() => ({ status }));
    const checks = await modelChecks(groundsOf({ OPENAI_API_KEY: 'sk-secret', OPENAI_BASE_URL: url }), never);

    expect(checks).toMatchObject([{ name: 'openai', status: found, fix: expect.stringContaining(fix) }]);
    expect(JSON.stringify(checks)).not.toContain('sk-secret');
  });

  it.each([
    [['gpt-4o-mini'], 'ok'],
    [['gpt-4o-mini-2024-07-18'], 'ok'],
    [['gpt-4o'], 'warning'],
  ])('when the provider lists %j find an agent’s model %s', async (ids, status) => {
    const url = await web.serve(() => ({ body: { data: ids.map((id) => ({ id })) } }));
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: url };
    const checks = await modelChecks(groundsOf(env, { agents: async () => [GPT] }), never);

    expect(checkOf(checks, 'openai models').status).toBe(status);
  });

  it('name the setting for a provider that agents want and nobody connected', async () => {
    const checks = await modelChecks(groundsOf({}, { agents: async () => [GPT] }), never);

    expect(checks).toMatchObject([
      { name: 'openai', status: 'warning', fix: expect.stringContaining('OPENAI_API_KEY') },
    ]);
  });

  it('say that a provider cannot be reached, without its key', async () => {
    const url = await web.serve(() => null);
    await web.close();
    const env = { OPENAI_API_KEY: 'sk-secret', OPENAI_BASE_URL: url };
    const checks = await modelChecks(groundsOf(env), never);

    expect(checks).toMatchObject([{ status: 'error', words: 'openai cannot be reached (ECONNREFUSED)' }]);
  });

  it('send the key nowhere else', async () => {
    let reached = 0;
    const elsewhere = await web.serve(() => ({ status: (reached += 1) && 200 }));
    const url = await web.serve(() => ({ status: 302, headers: { location: elsewhere } }));
    const checks = await modelChecks(groundsOf({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: url }), never);

    expect(checks).toMatchObject([{ status: 'error' }]);
    expect(reached).toBe(0);
  });

  it('are content with the simulated model', async () => {
    expect(await modelChecks(groundsOf(), never)).toMatchObject([{ status: 'ok' }]);
  });
});
