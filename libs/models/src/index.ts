export { chooseModel, type ModelPolicy, type ModelRoute } from './choose-model.js';
export { affordableOutputTokens, costOf, requestBytes, upperBound, type BilledRequest } from './cost.js';
export { splitModelName } from './model-name.js';
export {
  ModelError,
  type ChatMessage,
  type Model,
  type ModelName,
  type ModelReply,
  type ModelRequest,
  type TokenUsage,
  type ToolDefinition,
} from './model.js';
export { Models } from './models.js';
export {
  builtInPrices,
  priceOf,
  withPrices,
  type ModelPrice,
  type PriceTable,
  type PriceTier,
} from './prices.js';
export { SimulatedModel } from './simulated/simulated-model.js';
export { stopped } from './stopped.js';
export { isPossible, usageOrNull } from './usage.js';
