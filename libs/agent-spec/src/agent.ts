import type { Handle, MicroUsd, Permission } from '@openloop/kernel';

export type SurfaceType =
  'slack' | 'discord' | 'zoom' | 'github' | 'linear' | 'telegram' | 'web' | 'terminal';

/** A configured teammate, with every default filled in. What the rest of the system works with. */
export interface Agent {
  readonly name: string;
  readonly workspace: string;
  /** 32 hex digits, from files of the later upstream; carried along, never needed. */
  readonly id: string | null;
  readonly description: string;
  readonly instructions: string;
  readonly surfaces: readonly AgentSurface[];
  readonly memory: AgentMemory;
  readonly modelPolicy: ModelPolicy;
  readonly tools: readonly AgentTool[];
  readonly approvals: ApprovalPolicy;
  readonly budget: AgentBudget;
  readonly limits: AgentLimits;
}

export interface AgentSurface {
  readonly type: SurfaceType;
  /** `#dev-platform`, as written; `null` is every channel the agent is in. */
  readonly channel: string | null;
  readonly respondTo: 'mention' | 'addressed' | 'thread' | 'all';
  readonly progress: 'checklist' | 'status' | 'quiet';
}

export interface AgentMemory {
  readonly scope: 'channel' | 'agent' | 'workspace';
  readonly backend: 'postgres';
  readonly retentionDays: number;
}

export interface ModelPolicy {
  /** `openai/gpt-4o-mini`. */
  readonly default: `${string}/${string}`;
  /** The first whose every `match` holds is taken. */
  readonly routes: readonly ModelRoute[];
}

export interface ModelRoute {
  readonly match: { readonly task: string };
  readonly model: `${string}/${string}`;
}

export type AgentTool = NativeTool | McpTool;

export interface NativeTool {
  readonly type: 'native';
  readonly name: string;
  /** Without the tool's name: `issues:write`. */
  readonly permissions: readonly string[];
  /** The name of the credentials to use, or a `${env:NAME}` reference. */
  readonly credentials: string | null;
}

export interface McpTool {
  readonly type: 'mcp';
  readonly name: string;
  /** The server's own tool names. */
  readonly permissions: readonly string[];
  readonly credentials: string | null;
  /** An address, or `stdio:NAME`. May hold `${env:NAME}` references, as header values may: values never enter a revision. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The permissions that only read, on the administrator's word; every other one is a write. */
  readonly reads: readonly string[];
  /** How long one call may take. */
  readonly timeoutMs: number;
}

export interface ApprovalPolicy {
  readonly requireFor: readonly Permission[];
  readonly approvers: readonly Handle[];
  readonly minApprovals: number;
  readonly selfApproval: 'deny' | 'allow';
  readonly expiresAfterMs: number;
  /** `null`: nobody is reminded. */
  readonly remindAfterMs: number | null;
  readonly onExpiry: 'deny';
  /** `thread`, `dm` or `channel:#approvals`. */
  readonly notify: readonly string[];
  /** `any`, `console` or a surface's type. */
  readonly decideIn: readonly string[];
  readonly grants: GrantRules;
  /** The share of other calls that is held too, 0 to 1. */
  readonly sampleRate: number;
}

export interface GrantRules {
  readonly enabled: boolean;
  readonly maxTtlMs: number;
  readonly scopes: readonly ('thread' | 'channel')[];
  /** Permissions, where `*` stands for anything: `*.delete:*`. */
  readonly forbidFor: readonly string[];
}

export interface AgentBudget {
  /** `null` is no limit. */
  readonly monthlyMicros: MicroUsd | null;
  readonly perTaskMicros: MicroUsd | null;
  readonly onExceeded: 'block' | 'warn';
  /** Shares of the monthly budget, ascending. */
  readonly warnAt: readonly number[];
}

export interface AgentLimits {
  readonly maxConcurrentTasks: number | null;
  readonly tasksPerMinute: number | null;
  readonly maxSteps: number;
  /** Active wall clock; waiting for a person does not count. */
  readonly maxMinutes: number;
}
