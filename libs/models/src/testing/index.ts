export { modelRequest, tokenUsage, toolDefinition } from './builders.js';
export type { ModelBench, ProviderTurn } from './model-bench.js';
export { modelContract } from './model-contract.js';
export { callTool, say, ScriptedModel, type ScriptedTurn } from './scripted-model.js';
