export type { ListenOptions, Loopback } from './loopback.js';

export { GitHubSimulator, type GitHubSimulatorOptions } from './github/github-simulator.js';
export { githubFaults, type GitHubArming, type GitHubFault } from './github/github-faults.js';
export type { GitHubLedger, GitHubRequestEntry } from './github/github-ledger.js';
export type { CreatedObject } from './github/github-call.js';
export type { RepoSeed } from './github/github-store.js';

export { AnthropicSimulator } from './models/anthropic-simulator.js';
export { GeminiSimulator } from './models/gemini-simulator.js';
export { OllamaSimulator } from './models/ollama-simulator.js';
export { OpenAiSimulator, type ModelSimulatorOptions } from './models/openai-simulator.js';
export { OpenRouterSimulator } from './models/openrouter-simulator.js';
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

export { SlackSimulator, type SlackLoopback } from './slack/slack-simulator.js';
export type { SlackSimulatorOptions } from './slack/slack-options.js';
export { slackFaults, type SlackArming, type SlackFault } from './slack/slack-faults.js';
export type { SlackCallEntry, SlackLedger, SlackPing } from './slack/slack-ledger.js';
export type { SlackSubmitted } from './slack/slack-interactions.js';
export type { SlackDisorder } from './slack/slack-disorder.js';
export type { SlackFilledIn, SlackPressOptions } from './slack/slack-press.js';
export {
  slackBody,
  type SlackForgery,
  type SlackPushAnswer,
  type SlackRequestUrls,
} from './slack/slack-pushes.js';
export type {
  SlackActed,
  SlackAttempt,
  SlackChannelSeed,
  SlackDelivery,
  SlackGroupSeed,
  SlackMessage,
  SlackMessageRef,
  SlackSaid,
  SlackSession,
  SlackUserSeed,
  SlackVersion,
  SlackView,
} from './slack/slack-types.js';

export { McpSimulator, type McpRequestEntry, type McpSimulatorOptions } from './mcp/mcp-simulator.js';
export { mcpFaults, type McpArming, type McpFault } from './mcp/mcp-faults.js';
export { mcpStdioProgram } from './mcp/mcp-stdio-program.js';
export type { McpCall, McpEra, McpSimTool } from './mcp/mcp-world.js';
