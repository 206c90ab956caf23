import { splitModelName, stopped, type Model, type ModelReply, type ModelRequest } from '@openloop/models';
import { generateText, streamText, type LanguageModel } from 'ai';

import { modelErrorOf } from './model-error-of.js';
import { promptOf, toolsOf } from './prompt.js';
import { replyOf, type Ended } from './reply.js';

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

export interface AiSdkProvider {
  /** As in model names; also marks what it gave as `providerData`. */
  name: string;
  languageModel: (id: string) => LanguageModel;
  options?: ProviderOptions;
}

/** Any provider of the AI SDK as a `Model`: one step of it, without its loop, its retries and its approvals. */
export class AiSdkModel implements Model {
  readonly #provider: AiSdkProvider;

  constructor(provider: AiSdkProvider) {
    this.#provider = provider;
  }

  async reply(request: ModelRequest): Promise<ModelReply> {
    if (request.signal.aborted) throw stopped(request.signal, { notBilled: true });
    try {
      const ended =
        request.onText === undefined
          ? await this.#whole(request)
          : await this.#streamed(request, request.onText);
      return replyOf(ended, this.#provider.name);
    } catch (error) {
      throw modelErrorOf(error, this.#provider.name, request.signal);
    }
  }

  async #whole(request: ModelRequest): Promise<Ended> {
    return generateText(this.#settings(request));
  }

  async #streamed(request: ModelRequest, onText: (delta: string) => void): Promise<Ended> {
    // Without a listener of its own the SDK prints errors, and with them the prompt.
    const result = streamText({ ...this.#settings(request), onError: () => undefined });
    for await (const part of result.stream) {
      if (part.type === 'text-delta') onText(part.text);
      if (part.type === 'error') throw part.error;
      if (part.type === 'abort') throw request.signal.reason;
    }
    return {
      text: await result.text,
      toolCalls: await result.toolCalls,
      finishReason: await result.finishReason,
      rawFinishReason: await result.rawFinishReason,
      usage: await result.usage,
      responseMessages: await result.responseMessages,
    };
  }

  #settings({ model, instructions, messages, tools, maxOutputTokens, signal }: ModelRequest) {
    const { name, languageModel, options } = this.#provider;
    const offered = toolsOf(tools);
    return {
      model: languageModel(splitModelName(model).id),
      messages: promptOf(messages, name),
      maxOutputTokens,
      maxRetries: 0,
      abortSignal: signal,
      ...(instructions !== '' && { instructions }),
      ...(offered !== undefined && { tools: offered }),
      ...(options !== undefined && { providerOptions: options }),
    };
  }
}
