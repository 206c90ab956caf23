import { digestOf, type Permission } from '@openloop/kernel';

import type { ServerIdentity, ToolDefinition } from './tool-servers.js';

/** What an MCP tool was when its agent was applied: what the administrator looked at, and what models are shown. */
export interface ToolPin {
  permission: Permission;
  digest: string;
  definition: ToolDefinition;
  server: ServerIdentity;
}

export function pinOf(permission: Permission, server: ServerIdentity, definition: ToolDefinition): ToolPin {
  return { permission, digest: mcpToolDigest(permission, server, definition), definition, server };
}

/**
 * Changes with anything of a definition that a model or a person relies on, and with the server it comes from.
 * A server's version does not count: it changes with every deployment, and what it offers is compared anyway.
 */
export function mcpToolDigest(
  permission: Permission,
  server: ServerIdentity,
  definition: ToolDefinition,
): string {
  const { name, title, description, inputSchema, annotations } = definition;
  return digestOf('openloop/mcp-tool/v1', {
    permission,
    server: { host: server.host, name: server.name },
    definition: { name, title: title ?? null, description, inputSchema, annotations: annotations ?? null },
  });
}
