export { problemsAcrossFiles } from './across-documents.js';
export type {
  Agent,
  AgentBudget,
  AgentLimits,
  AgentMemory,
  AgentSurface,
  AgentTool,
  ApprovalPolicy,
  GrantRules,
  McpTool,
  ModelPolicy,
  ModelRoute,
  NativeTool,
  SurfaceType,
} from './agent.js';
export { problemAt, type AgentDocument } from './agent-document.js';
export { approverProblems, type ApproverMatch } from './checks/check-approvers.js';
export { agentDigest, authorityDigest, effectiveYaml } from './digests.js';
export { envNames, resolveEnv } from './env-references.js';
export { agentJsonSchema } from './json-schema.js';
export { mcpAddressRefusal, mcpUrlRefusal, stdioProgram } from './mcp-url.js';
export type { ParseOptions, ToolVocabulary, VocabularyPermission } from './options.js';
export { parseAgents, type ParsedAgents } from './parse-agents.js';
export { changesBetween, planChange, type Change, type Plan } from './plan-change.js';
export type { Finding, Path, Problem, Severity } from './problem.js';
export { problemsAsGitHub, renderProblem } from './render-problem.js';
