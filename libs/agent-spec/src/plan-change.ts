import { canonicalJson, showUsd, type MicroUsd } from '@openloop/kernel';

import type { Agent, McpTool } from './agent.js';
import { documentOf } from './effective-agent.js';

/** One place where two versions of an agent differ. Absent on the side where there is nothing. */
export interface Change {
  /** `spec.budget.monthly_usd`; elements with a name by that: `spec.tools[github].permissions`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

export interface Plan {
  kind: 'create' | 'change' | 'unchanged';
  changes: readonly Change[];
  /** Each way in which the agent may do more, or is watched less, than before: `may use github.pulls:write`. */
  widens: readonly string[];
}

/** What applying `after` over `before` does. `null`: there is no such agent yet. */
export function planChange(before: Agent | null, after: Agent): Plan {
  if (before === null) return { kind: 'create', changes: [], widens: createdAuthority(after) };
  const changes = changesBetween(documentOf(before), documentOf(after), '');
  return { kind: changes.length === 0 ? 'unchanged' : 'change', changes, widens: widened(before, after) };
}

/** Each place where two JSON values differ, `path` first. */
export function changesBetween(before: unknown, after: unknown, path: string): Change[] {
  if (before === undefined) return [{ path, after }];
  if (after === undefined) return [{ path, before }];
  const [left, right] = [membersOf(before), membersOf(after)];
  const whole = canonicalJson(before) === canonicalJson(after) ? [] : [{ path, before, after }];
  if (left === null || right === null) return whole;
  const isList = Array.isArray(before) || Array.isArray(after);
  const names = new Set([...left.keys(), ...right.keys()]);
  const inside = [...names].flatMap((name) => {
    const step = isList ? `[${name}]` : `.${name}`;
    return changesBetween(left.get(name), right.get(name), `${path}${step}`.replace(/^\./, ''));
  });
  return inside.length === 0 ? whole : inside;
}

/** The parts of a map, or of a list whose elements have names of their own; `null` for what is compared whole. */
function membersOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((element): [string | null, unknown] => [elementName(element), element]);
  const names = new Set(named.map(([name]) => name));
  if (names.has(null) || names.size !== value.length) return null;
  return new Map(named.map(([name, element]) => [name ?? '', element]));
}

function elementName(element: unknown): string | null {
  if (typeof element !== 'object' || element === null) return null;
  if ('name' in element) return String(element.name);
  if ('type' in element)
    return 'channel' in element ? `${element.type} ${element.channel}` : String(element.type);
  return null;
}

function createdAuthority(agent: Agent): string[] {
  const own = agent.approvals.selfApproval === 'allow' ? ['people may approve what they asked for'] : [];
  return [...permissionsOf(agent).map((permission) => `may use ${permission}`), ...own];
}

function widened(before: Agent, after: Agent): string[] {
  return [
    ...widenedTools(before, after),
    ...widenedApprovals(before.approvals, after.approvals),
    ...widenedBudget(before.budget, after.budget),
  ];
}

function widenedTools(before: Agent, after: Agent): string[] {
  const had = new Set(permissionsOf(before));
  const waited = new Set(permissionsOf(before).filter((permission) => !readsOf(before).includes(permission)));
  const servers = new Map(before.tools.map((tool) => [tool.name, connectionOf(tool)]));
  return [
    ...permissionsOf(after)
      .filter((permission) => !had.has(permission))
      .map((permission) => `may use ${permission}`),
    ...readsOf(after)
      .filter((permission) => waited.has(permission))
      .map((permission) => `${permission} counts as a read: nobody is asked any more`),
    ...after.tools
      .filter((tool) => servers.has(tool.name) && servers.get(tool.name) !== connectionOf(tool))
      .map(({ name }) => `tool ${name} is reached in another way`),
  ];
}

function permissionsOf({ tools }: Agent): string[] {
  return tools.flatMap(({ name, permissions }) => permissions.map((permission) => `${name}.${permission}`));
}

/** Of MCP servers; what a native tool does is known. */
function readsOf({ tools }: Agent): string[] {
  return tools.flatMap((tool) =>
    // Revisions written before there were `reads` have none.
    tool.type === 'mcp' ? (tool.reads ?? []).map((permission) => `${tool.name}.${permission}`) : [],
  );
}

function connectionOf(tool: Agent['tools'][number]): string {
  const { server, headers }: Partial<McpTool> = tool.type === 'mcp' ? tool : {};
  return canonicalJson([tool.type, tool.credentials, server ?? null, headers ?? null]);
}

type Approvals = Agent['approvals'];

function widenedApprovals(before: Approvals, after: Approvals): string[] {
  const lessAsked = after.minApprovals < before.minApprovals;
  return [
    ...missingFrom(after.requireFor, before.requireFor).map((gate) => `no rule holds ${gate} any more`),
    ...missingFrom(before.approvers, after.approvers).map((handle) => `${handle} may approve`),
    ...(lessAsked ? [`${after.minApprovals} instead of ${before.minApprovals} approvals are enough`] : []),
    ...(after.selfApproval === 'allow' && before.selfApproval === 'deny'
      ? ['people may approve what they asked for']
      : []),
    ...widenedPlaces(before.decideIn, after.decideIn),
    ...widenedGrants(before.grants, after.grants),
  ];
}

function widenedPlaces(before: readonly string[], after: readonly string[]): string[] {
  if (before.includes('any')) return [];
  return missingFrom(before, after).map((place) => `decisions count from ${place} too`);
}

function widenedGrants(before: Approvals['grants'], after: Approvals['grants']): string[] {
  if (!after.enabled) return [];
  if (!before.enabled) return ['approvers may allow actions for a while'];
  return [
    ...(after.maxTtlMs > before.maxTtlMs ? ['such allowances last longer'] : []),
    ...missingFrom(before.scopes, after.scopes).map((scope) => `such allowances reach a whole ${scope}`),
    ...missingFrom(after.forbidFor, before.forbidFor).map(
      (pattern) => `such allowances may cover ${pattern}`,
    ),
  ];
}

function widenedBudget(before: Agent['budget'], after: Agent['budget']): string[] {
  return [
    ...raised('monthly', before.monthlyMicros, after.monthlyMicros),
    ...raised('per-task', before.perTaskMicros, after.perTaskMicros),
    ...(after.onExceeded === 'warn' && before.onExceeded === 'block'
      ? ['the budget warns and no longer blocks']
      : []),
  ];
}

function raised(which: string, before: MicroUsd | null, after: MicroUsd | null): string[] {
  if ((after ?? Infinity) <= (before ?? Infinity)) return [];
  return [
    `the ${which} budget rises from ${showUsd(before ?? 0)} to ${after === null ? 'no limit' : showUsd(after)}`,
  ];
}

/** What `there` has and `here` has not. */
function missingFrom<T>(here: readonly T[], there: readonly T[]): T[] {
  return there.filter((each) => !here.includes(each));
}
