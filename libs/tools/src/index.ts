export type { McpEntry } from './mcp-tool.js';
export type {
  CardField,
  Description,
  ReadResult,
  ReadTool,
  Reconciliation,
  Risk,
  Tool,
  ToolContext,
  WriteResult,
  WriteTool,
} from './tool.js';
export {
  DEFINITION_AGE_MS,
  pinnedOwner,
  Toolbox,
  type PinnedOwner,
  type PinProblem,
  type ToolOwner,
} from './toolbox.js';
export { ToolCatalog, type Checked, type OfferedTool } from './tool-catalog.js';
export type { ToolPin } from './tool-pin.js';
export type {
  ArgumentsCheck,
  Listed,
  ServerCall,
  ServerIdentity,
  ServerRef,
  ToolDefinition,
  ToolServers,
} from './tool-servers.js';
export { wordsFor } from './words-for.js';
