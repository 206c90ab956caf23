export { McpServers, type McpServersOptions } from './mcp-servers.js';
export type { McpProgram } from './target.js';
