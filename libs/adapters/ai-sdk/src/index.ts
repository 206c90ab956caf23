export { leanFetch, type Timeouts } from './lean-fetch.js';
export {
  anthropicModel,
  geminiModel,
  ollamaModel,
  openAiCompatibleModel,
  openAiModel,
  openRouterModel,
  type Connection,
} from './providers.js';
