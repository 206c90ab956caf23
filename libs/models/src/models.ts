import { AppError } from '@openloop/kernel';

import { splitModelName } from './model-name.js';
import type { Model, ModelName, ModelReply, ModelRequest } from './model.js';

const SIMULATED = 'sim';
const SETTING: Readonly<Record<string, string>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  gemini: 'GEMINI_API_KEY',
  ollama: 'OLLAMA_BASE_URL',
  openrouter: 'OPENROUTER_API_KEY',
};

/** Every connected provider behind one port: the name before the slash says which one replies. */
export class Models implements Model {
  readonly #byProvider: ReadonlyMap<string, Model>;

  constructor(byProvider: Readonly<Record<string, Model>>) {
    this.#byProvider = new Map(Object.entries(byProvider));
  }

  /** @throws AppError `models.no_provider` when the provider is not connected, else as `Model.reply`. */
  async reply(request: ModelRequest): Promise<ModelReply> {
    return this.#providerOf(request.model).reply(request);
  }

  /** Names of the connected providers, sorted. */
  providers(): readonly string[] {
    return [...this.#byProvider.keys()].sort();
  }

  /** Replies of this model cost nobody anything and are labelled so. */
  isSimulated(name: ModelName): boolean {
    return splitModelName(name).provider === SIMULATED;
  }

  #providerOf(name: ModelName): Model {
    const { provider } = splitModelName(name);
    const model = this.#byProvider.get(provider);
    if (model !== undefined) return model;
    throw new AppError('invalid', 'models.no_provider', `Model provider "${provider}" is not connected`, {
      hint: `Set ${settingOf(provider)} and restart, or choose a model of ${this.providers().join(', ')}`,
      details: { model: name, providers: this.providers() },
    });
  }
}

function settingOf(provider: string): string {
  if (Object.hasOwn(SETTING, provider)) return SETTING[provider] ?? '';
  return `OPENAI_COMPATIBLE_${provider.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_BASE_URL`;
}
