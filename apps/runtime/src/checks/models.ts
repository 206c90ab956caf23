import type { Agent } from '@openloop/agent-spec';
import type { Secret } from '@openloop/kernel';
import { failed, warned, well, type Check } from '@openloop/surfaces';
import { z } from 'zod';

import type { Config } from '../config.js';
import { ask, type Answer } from './ask.js';
import type { Grounds } from './grounds.js';
import { failedBy, listed } from './words.js';

interface Provider {
  name: string;
  /** What connects it. */
  setting: string;
  /** Answers for nothing, and only with a good key. */
  url: string;
  headers: Record<string, string>;
  /** Whether the answer lists every model that may be named. */
  lists: boolean;
}

const SIMULATED = 'sim';
const MOST_NAMED = 5;

/** Whether each connected provider takes its key and knows the models that agents name. No completion is paid for. */
export async function modelChecks({ config, agents }: Grounds, signal: AbortSignal): Promise<Check[]> {
  const providers = connectedProviders(config);
  const wanted = modelsOf(await agents());
  const asked = await Promise.all(
    providers.map((provider) => providerChecks(provider, wanted.get(provider.name) ?? [], signal)),
  );
  const known = new Set([SIMULATED, ...providers.map(({ name }) => name)]);
  const missing = [...wanted].filter(([provider]) => !known.has(provider));
  const checks = [...asked.flat(), ...missing.map(([provider, models]) => unconnected(provider, models))];
  return checks.length > 0 ? checks : [well('models', 'only the simulated model, which costs nothing')];
}

/** The models that agents may use, by provider. */
function modelsOf(agents: readonly Agent[]): Map<string, string[]> {
  const all = agents.flatMap(({ modelPolicy }) => [
    modelPolicy.default,
    ...modelPolicy.routes.map(({ model }) => model),
  ]);
  const byProvider = new Map<string, string[]>();
  for (const model of new Set(all)) {
    const [provider = '', ...rest] = model.split('/');
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), rest.join('/')]);
  }
  return byProvider;
}

function unconnected(provider: string, models: readonly string[]): Check {
  const setting =
    SETTINGS[provider] ?? `OPENAI_COMPATIBLE_${provider.toUpperCase().replaceAll('-', '_')}_BASE_URL`;
  const words = `not connected, but agents name ${listed(models)}`;
  return warned(provider, words, `Set ${setting}, or name another model in the agents’ files`);
}

const SETTINGS: Readonly<Record<string, string>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  gemini: 'GEMINI_API_KEY',
  ollama: 'OLLAMA_BASE_URL',
  openrouter: 'OPENROUTER_API_KEY',
};

function connectedProviders(config: Config): Provider[] {
  const { openai, anthropic, gemini, openrouter, ollama, openAiCompatible } = config;
  const bearer = (key: Secret) => ({ authorization: `Bearer ${key.reveal()}` });
  const named = (name: string) => ({ name, setting: SETTINGS[name] ?? '' });
  return [
    ...(openai
      ? [
          {
            ...named('openai'),
            ...modelsAt(openai.baseUrl ?? 'https://api.openai.com/v1', bearer(openai.apiKey)),
          },
        ]
      : []),
    ...(anthropic ? [{ ...named('anthropic'), ...anthropicModels(anthropic) }] : []),
    ...(gemini ? [{ ...named('gemini'), ...geminiModels(gemini) }] : []),
    ...(openrouter ? [{ ...named('openrouter'), ...openRouterKey(openrouter) }] : []),
    ...(ollama ? [{ ...named('ollama'), ...modelsAt(ollama.baseUrl, {}) }] : []),
    ...openAiCompatible.map(({ name, baseUrl, apiKey }) => ({
      name,
      setting: `OPENAI_COMPATIBLE_${name.toUpperCase().replaceAll('-', '_')}_API_KEY`,
      ...modelsAt(baseUrl, apiKey ? bearer(apiKey) : {}),
    })),
  ];
}

type Connected = NonNullable<Config['openai']>;
type Listing = Pick<Provider, 'url' | 'headers' | 'lists'>;

function modelsAt(baseUrl: string, headers: Record<string, string>): Listing {
  return { url: `${bare(baseUrl)}/models`, headers, lists: true };
}

function anthropicModels({ apiKey, baseUrl = 'https://api.anthropic.com/v1' }: Connected): Listing {
  const headers = { 'x-api-key': apiKey.reveal(), 'anthropic-version': '2023-06-01' };
  return { url: `${bare(baseUrl)}/models?limit=1000`, headers, lists: true };
}

function geminiModels({
  apiKey,
  baseUrl = 'https://generativelanguage.googleapis.com/v1beta',
}: Connected): Listing {
  const headers = { 'x-goog-api-key': apiKey.reveal() };
  return { url: `${bare(baseUrl)}/models?pageSize=1000`, headers, lists: true };
}

/** Its list of models is public, so that only this says whether the key is good. */
function openRouterKey({ apiKey, baseUrl = 'https://openrouter.ai/api/v1' }: Connected): Listing {
  return {
    url: `${bare(baseUrl)}/key`,
    headers: { authorization: `Bearer ${apiKey.reveal()}` },
    lists: false,
  };
}

function bare(url: string): string {
  return url.replace(/\/+$/, '');
}

async function providerChecks(
  provider: Provider,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Check[]> {
  const { name, url, headers, lists } = provider;
  try {
    const startedAt = performance.now();
    const answer = await ask(name, url, { headers, signal });
    const ms = Math.round(performance.now() - startedAt);
    const refusal = refusalOf(provider, answer);
    if (refusal) return [refusal];
    const words = lists ? `takes the key, answers in ${ms} ms` : `takes the key (${ms} ms)`;
    return [
      well(name, Object.keys(headers).length > 0 ? words : `answers in ${ms} ms`),
      ...unlisted(provider, answer, wanted),
    ];
  } catch (error) {
    return [failedBy(name, error)];
  }
}

function refusalOf({ name, setting }: Provider, { status }: Answer): Check | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401 || status === 403 || status === 400) {
    return failed(
      name,
      `does not take the key (${status})`,
      `Put a valid key in ${setting}, and start again`,
    );
  }
  if (status === 404) {
    return warned(
      name,
      'answers, but lists no models: the address may be wrong',
      'The address goes up to and including the version, as in http://localhost:11434/v1',
    );
  }
  if (status === 429) {
    return warned(
      name,
      'has no quota left, or asks to wait (429)',
      'Look at the limits and the balance of your account there',
    );
  }
  return failed(name, `answers ${status}`, 'Try again in a minute; the provider may be in trouble');
}

const Listed = z.object({ data: z.array(z.object({ id: z.string() })) });
const ListedByGoogle = z.object({ models: z.array(z.object({ name: z.string() })) });

function idsIn(body: unknown): string[] | null {
  const usual = Listed.safeParse(body);
  if (usual.success) return usual.data.data.map(({ id }) => id);
  const googles = ListedByGoogle.safeParse(body);
  return googles.success ? googles.data.models.map(({ name }) => name.replace(/^models\//, '')) : null;
}

/** A name may stand for a dated version (`-20250929`) or a tag (`:latest`) of itself. */
function unlisted({ name, lists }: Provider, { body }: Answer, wanted: readonly string[]): Check[] {
  const ids = lists ? idsIn(body) : null;
  if (ids === null || wanted.length === 0) return [];
  const isThere = (model: string) =>
    ids.some((id) => id === model || id.startsWith(`${model}-`) || id.startsWith(`${model}:`));
  const missing = wanted.filter((model) => !isThere(model));
  if (missing.length === 0) return [well(`${name} models`, `has ${listed(wanted)}`)];
  const some = ids.slice(0, MOST_NAMED).join(', ');
  const fix = `Name one that it has (${some}${ids.length > MOST_NAMED ? ', …' : ''}) in the agents’ files`;
  return [warned(`${name} models`, `does not list ${listed(missing)}, which agents name`, fix)];
}
