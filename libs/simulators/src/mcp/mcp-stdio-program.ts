import { fileURLToPath } from 'node:url';

import type { McpStdioOptions } from './mcp-stdio.js';

/** Lets node run the sources as they are: their imports name the files that a build would make. */
const FROM_SOURCE = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  resolve(name, context, next) {
    const isOurs = name.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(isOurs ? name.replace(/\\.js$/, '.ts') : name, context);
  },
});`)}`;

/** How to start an MCP server as a program, from the sources or from a build. */
export function mcpStdioProgram(options: McpStdioOptions = {}): { command: string; args: string[] } {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`./mcp-stdio.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const hooks = isSource ? ['--disable-warning=ExperimentalWarning', '--import', FROM_SOURCE] : [];
  return { command: process.execPath, args: [...hooks, file, JSON.stringify(options)] };
}
