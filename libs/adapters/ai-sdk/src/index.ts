export { leanFetch, type Timeouts } from './lean-fetch.js';
export { anthropicModel, openAiCompatibleModel, openAiModel, type Connection } from './providers.js';
