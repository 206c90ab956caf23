import { msFromDuration } from '../duration.js';
import type { ParseOptions, ToolVocabulary } from '../options.js';
import { error, note, shown, warning, type Finding, type Path } from '../problem.js';
import type { WrittenAgent } from '../schema.js';
import { closest } from '../suggest.js';

type Spec = WrittenAgent['spec'];

const APPROVALS = ['spec', 'approvals'] as const;

/** Whether every gate guards something, and everything guarded has somebody to ask. */
export function checkApprovals({ spec }: WrittenAgent, { tools }: ParseOptions): Finding[] {
  return [
    ...spec.approvals.require_for.flatMap((gate, i) =>
      gateFindings(gate, [...APPROVALS, 'require_for', i], { spec, tools }),
    ),
    ...ungatedWrites(spec, tools),
    ...nobodyToAsk(spec, tools),
    ...quorumFindings(spec),
    ...reminderFindings(spec),
  ];
}

interface Known {
  spec: Spec;
  tools: ToolVocabulary | undefined;
}

function gateFindings(gate: string, path: Path, { spec, tools }: Known): Finding[] {
  const dot = gate.indexOf('.');
  const [toolName, permission] = [gate.slice(0, dot), gate.slice(dot + 1)];
  const tool = spec.tools.find(({ name }) => name === toolName);
  if (tool === undefined) {
    const granted = spec.tools.flatMap(({ name, permissions }) =>
      permissions.map((each) => `${name}.${each}`),
    );
    const extra = {
      suggestion: closest(gate, granted),
      hint: `declared tools: ${spec.tools.map(({ name }) => name).join(', ') || 'none'}`,
    };
    return [
      error(
        'gate_for_unknown_action',
        path,
        `${shown(gate)}: no declared tool is called "${toolName}"`,
        extra,
      ),
    ];
  }
  if (tool.permissions.includes(permission)) return [];
  if (tool.type === 'mcp') {
    const message = `${shown(gate)}: the agent is not granted this, and the MCP server has not been asked whether it exists`;
    return [
      warning('gate_for_unseen_action', path, message, {
        suggestion: suggested(toolName, permission, tool.permissions),
      }),
    ];
  }
  const known = knownNames(tools, toolName);
  if (known === null || known.includes(permission)) {
    return [note('gate_not_granted', path, `${shown(gate)} is gated, but the agent is not granted it`)];
  }
  const extra = { suggestion: suggested(toolName, permission, known), hint: `known: ${known.join(', ')}` };
  return [
    error('gate_for_unknown_action', path, `${shown(gate)} is not a permission of tool "${toolName}"`, extra),
  ];
}

function suggested(tool: string, permission: string, names: readonly string[]): string | undefined {
  const name = closest(permission, names);
  return name === undefined ? undefined : `${tool}.${name}`;
}

/** `null` when nothing is known of the tool. */
function knownNames(tools: ToolVocabulary | undefined, tool: string): readonly string[] | null {
  if (tools === undefined || !Object.hasOwn(tools, tool)) return null;
  return (tools[tool]?.permissions ?? []).map(({ name }) => name);
}

interface GrantedWrite {
  action: string;
  path: Path;
}

function grantedWrites(spec: Spec, tools: ToolVocabulary | undefined): GrantedWrite[] {
  return spec.tools.flatMap((tool, i) => {
    if (tool.type === 'mcp') return [];
    if (tools === undefined || !Object.hasOwn(tools, tool.name)) return [];
    const writes = (tools[tool.name]?.permissions ?? [])
      .filter(({ effect }) => effect === 'write')
      .map(({ name }) => name);
    return tool.permissions.flatMap((permission, j) => {
      return writes.includes(permission)
        ? [{ action: `${tool.name}.${permission}`, path: ['spec', 'tools', i, 'permissions', j] }]
        : [];
    });
  });
}

function ungatedWrites(spec: Spec, tools: ToolVocabulary | undefined): Finding[] {
  return grantedWrites(spec, tools)
    .filter(({ action }) => !spec.approvals.require_for.includes(action))
    .map(({ action, path }) => {
      const hint = 'name it in spec.approvals.require_for to say so';
      return note(
        'write_held_anyway',
        path,
        `"${action}" is held anyway: writes without a matching rule are held`,
        { hint },
      );
    });
}

/** What an MCP server's tools do is not known, so each is a write unless the file says that it only reads. */
function mcpWrites({ tools }: Spec): string[] {
  return tools.flatMap(({ type, name, permissions, reads }) =>
    type === 'mcp'
      ? permissions.filter((each) => !reads.includes(each)).map((permission) => `${name}.${permission}`)
      : [],
  );
}

function nobodyToAsk(spec: Spec, tools: ToolVocabulary | undefined): Finding[] {
  if (spec.approvals.approvers.length > 0) return [];
  const [held] = [
    ...spec.approvals.require_for,
    ...grantedWrites(spec, tools).map(({ action }) => action),
    ...mcpWrites(spec),
  ];
  if (held === undefined) return [];
  const message = `${shown(held)} waits for a person, but nobody may approve it`;
  return [
    error('no_approvers_for_gated_action', [...APPROVALS, 'approvers'], message, {
      hint: 'name someone: approvers: ["@handle"]',
    }),
  ];
}

/** From the text alone: a handle may stand for a group, so this is a warning. `approverFindings` knows better. */
function quorumFindings({ approvals }: Spec): Finding[] {
  const people = new Set(approvals.approvers).size;
  if (people === 0 || approvals.min_approvals <= people) return [];
  const message = `${approvals.min_approvals} approvals are needed, ${people === 1 ? '1 approver is' : `${people} approvers are`} named`;
  const hint = 'fine only when one of them is a group';
  return [warning('quorum_unreachable', [...APPROVALS, 'min_approvals'], message, { hint })];
}

function reminderFindings({ approvals }: Spec): Finding[] {
  const { remind_after: reminder, expires_after: expiry } = approvals;
  if (reminder === undefined || reminder === 'never') return [];
  if ((msFromDuration(reminder) ?? 0) < (msFromDuration(expiry) ?? 0)) return [];
  const message = `the reminder (${reminder}) comes after the end (expires_after: ${expiry})`;
  return [error('reminder_after_expiry', [...APPROVALS, 'remind_after'], message)];
}
