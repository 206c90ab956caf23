export type { ListenOptions, Loopback } from './loopback.js';

export { GitHubSimulator, type GitHubSimulatorOptions } from './github/github-simulator.js';
export { githubFaults, type GitHubArming, type GitHubFault } from './github/github-faults.js';
export type { GitHubLedger, GitHubRequestEntry } from './github/github-ledger.js';
export type { CreatedObject } from './github/github-call.js';
export type { RepoSeed } from './github/github-store.js';

export { AnthropicSimulator } from './models/anthropic-simulator.js';
export { OpenAiSimulator, type ModelSimulatorOptions } from './models/openai-simulator.js';
export {
  scriptedBrain,
  type Answer,
  type AskedCall,
  type Brain,
  type BrainMessage,
  type BrainRequest,
  type Hang,
  type Refusal,
  type Reply,
  type TokenCounts,
  type ToolAnswer,
} from './models/brain.js';
export type { Bill, ModelLedger, ModelOutcome, ModelRequestEntry } from './models/model-ledger.js';
