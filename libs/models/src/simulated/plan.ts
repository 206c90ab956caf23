import type { ToolCall } from '@openloop/kernel';

import type { ModelRequest, ToolDefinition } from '../model.js';
import { greeting, recalled, retold, summarized, withoutTool } from './answers.js';
import { argumentsFor } from './arguments-for.js';
import { intentOf, type Intent } from './intent.js';
import { succeeded, tellAll } from './tell.js';
import { lastTurn, type Turn } from './turn.js';

/** What the simulated model will reply, before limits are applied. */
export interface Plan {
  text: string;
  toolCalls: readonly ToolCall[];
  isExpensive: boolean;
}

interface Wish {
  tool: RegExp;
  /** For the sentence when no such tool is offered. */
  doing: string;
  wanted: Readonly<Record<string, unknown>>;
  text: string;
}

const WRITES_ISSUES = /issues_write$/;
const READS_ISSUES = /issues_read$/;
const READS_ANYTHING = /_(?:read|list|search|get)$/;
const MOST_READINGS = 40;
const CONTINUES = /^\W*(?:continue|go on|carry on|try again|retry)\b/i;

export function planReply(request: ModelRequest): Plan {
  const turn = lastTurn(request.messages);
  const { intent, text } = understood(turn);
  switch (intent.kind) {
    case 'open_issue':
      return callOnce(openWish(intent, text), { request, turn });
    case 'read_issue':
    case 'list_issues':
      return callOnce(readWish(intent), { request, turn });
    case 'investigate':
      return investigation(intent.repo, { request, turn });
    case 'recall':
      return say(recalled(intent.topic, request.instructions, turn.before));
    case 'retell':
      return say(retold(turn.before));
    case 'summarize':
      return say(summarized(intent.text, turn.before));
    case 'other':
      return say(turn.results.length > 0 ? tellAll(turn.results) : greeting());
  }
}

/** “continue” and “try again” mean what was asked before them. */
function understood({ text, before }: Turn): { intent: Intent; text: string } {
  if (!CONTINUES.test(text) || before.length === 0) return { intent: intentOf(text), text };
  return understood(lastTurn(before));
}

function say(text: string): Plan {
  return { text, toolCalls: [], isExpensive: false };
}

function openWish({ repo, title, labels }: Extract<Intent, { kind: 'open_issue' }>, text: string): Wish {
  const body = `Asked for in chat: “${text.trim()}”`;
  return {
    tool: WRITES_ISSUES,
    doing: 'open an issue',
    wanted: { ...namesOf(repo), ...operation('create'), title, body, description: body, labels },
    text: `I will open “${title}” in ${repo}.`,
  };
}

function readWish(intent: Extract<Intent, { kind: 'read_issue' | 'list_issues' }>): Wish {
  if (intent.kind === 'list_issues') {
    const wanted = { ...namesOf(intent.repo), ...operation('list'), state: 'open' };
    return {
      tool: READS_ISSUES,
      doing: 'read issues',
      wanted,
      text: `Listing the issues of ${intent.repo}.`,
    };
  }
  const { number, repo } = intent;
  const numbers = { number, issue: number, issue_number: number, issueNumber: number };
  const wanted = { ...namesOf(repo), ...operation('get'), ...numbers };
  return { tool: READS_ISSUES, doing: 'read issues', wanted, text: `Reading issue ${number} of ${repo}.` };
}

/** The same repository and operation under the names that tools give them. */
function namesOf(repo: string): Record<string, string> {
  return { repo, repository: repo };
}

function operation(name: string): Record<string, string> {
  return { action: name, operation: name, method: name };
}

/** Calls the wished tool, and once there is a result, tells it. */
function callOnce(wish: Wish, { request, turn }: { request: ModelRequest; turn: Turn }): Plan {
  if (turn.results.length > 0) return say(tellAll(turn.results));
  const tool = request.tools.find(({ name }) => wish.tool.test(name));
  if (tool === undefined) return say(withoutTool(wish.doing));
  return { text: wish.text, toolCalls: [callOf(tool, wish.wanted, request)], isExpensive: false };
}

/** Reads on and on, reporting as much output as allowed, until a budget or its own limit stops it. */
function investigation(repo: string, { request, turn }: { request: ModelRequest; turn: Turn }): Plan {
  const readings = turn.results.length;
  const last = turn.results.at(-1);
  if (last !== undefined && !succeeded(last)) return say(`I stopped the investigation. ${tellAll([last])}`);

  const tool =
    request.tools.find(({ name }) => READS_ISSUES.test(name)) ??
    request.tools.find(({ name }) => READS_ANYTHING.test(name));
  if (tool === undefined || readings >= MOST_READINGS) {
    const text = `I investigated ${repo} in ${readings} readings and changed nothing.`;
    return { text, toolCalls: [], isExpensive: true };
  }
  const wanted = { ...namesOf(repo), ...operation('list'), query: repo, state: 'open' };
  const text = `Investigating ${repo}, reading ${readings + 1}.`;
  return { text, toolCalls: [callOf(tool, wanted, request)], isExpensive: true };
}

function callOf(tool: ToolDefinition, wanted: Wish['wanted'], { messages }: ModelRequest): ToolCall {
  return {
    // Unique in the thread and the same for the same request.
    id: `sim_call_${messages.length}`,
    name: tool.name,
    arguments: argumentsFor(tool.parameters, ownerApart(tool, wanted)),
  };
}

/** Tools that take `owner` beside `repo` want the two parts of `owner/name`. */
function ownerApart({ parameters }: ToolDefinition, wanted: Wish['wanted']): Wish['wanted'] {
  const { properties } = parameters;
  const repo = wanted['repo'];
  if (typeof repo !== 'string' || typeof properties !== 'object' || properties === null) return wanted;
  if (!('owner' in properties)) return wanted;
  const [owner, name] = repo.split('/');
  return { ...wanted, owner, repo: name, repository: name };
}
