export { openTestDatabase } from './test-database.js';
export { dumpSchema } from './schema-dump.js';
