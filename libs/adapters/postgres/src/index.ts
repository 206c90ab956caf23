export {
  openDatabase,
  queryError,
  type Database,
  type DatabaseOptions,
  type DatabasePlace,
} from './database.js';
export { PostgresAgentStore } from './agent-store.js';
export { PostgresAuditReader } from './audit-reader.js';
export { PostgresBudgets } from './budgets.js';
export { migrate, pendingMigrations, type MigrateResult } from './migrate.js';
export { PostgresKeyRing } from './key-ring.js';
export { PostgresPeopleStore } from './people-store.js';
export { PostgresApprovalReader, PostgresRunReader } from './readers.js';
export { PostgresSessionStore } from './session-store.js';
export { PostgresSystem, type ClaimedJob } from './system.js';
export { kyselyOn, postgresTransact, type Stores } from './transact.js';
export { PostgresUsageReader } from './usage-reader.js';
