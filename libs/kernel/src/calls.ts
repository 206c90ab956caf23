/** `github.issues:write`: what allowlists, approvals and audit all speak in. */
export type Permission = `${string}.${string}`;

/** What a model asks for, in a step. Not yet allowed, not yet checked. */
export interface ToolCall {
  /** The provider's id for the call, unique within a step. */
  id: string;
  /** The function's name as the model knows it: `github_issues_write`. */
  name: string;
  /** Parsed JSON, or the raw text when it did not parse. */
  arguments: unknown;
}

/** `github.issues:write` → `github_issues_write`: providers allow only letters, digits, `_` and `-`, 64 at most. */
export function functionName(permission: Permission): string {
  return permission.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
}
