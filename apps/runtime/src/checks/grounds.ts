import type { Database } from '@openloop/adapter-postgres';
import type { Agent } from '@openloop/agent-spec';
import type { Check } from '@openloop/surfaces';
import type { ToolServers } from '@openloop/tools';

import type { Config } from '../config.js';

/** The database as a check finds it: opened, not made yet, or not to be opened, with the reason. */
export type DatabaseGround =
  | ({ state: 'open' } & Pick<Database, 'pool' | 'kind' | 'version' | 'vectorAvailable'>)
  | { state: 'absent' }
  | { state: 'closed'; error: unknown };

/** What the checks look at, on a running server or without one. */
export interface Grounds {
  config: Config;
  /** Whether a server asks: then what it would do at its start should have been done. */
  isServing: boolean;
  database: DatabaseGround;
  /** Resolves when jobs can be sent; absent where no server has a queue open. */
  queueReady?: () => Promise<void>;
  agents: () => Promise<readonly Agent[]>;
  /** Asks MCP servers what they offer. */
  toolServers?: Pick<ToolServers, 'definitions'>;
}

/** One area's look at things. May throw: that is a check of its own. */
export type Look = (grounds: Grounds, signal: AbortSignal) => Promise<Check[]>;
