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
export { ToolCatalog, type Checked, type OfferedTool } from './tool-catalog.js';
export { wordsFor } from './words-for.js';
