import { describe, expect, it } from '@jest/globals';

import { parseAgents } from './parse-agents.js';
import type { ParseOptions } from './options.js';
import type { Problem } from './problem.js';

const OPTIONS: ParseOptions = {
  tools: {
    github: {
      permissions: [
        { name: 'issues:read', effect: 'read' },
        { name: 'issues:write', effect: 'write' },
        { name: 'pulls:write', effect: 'write' },
      ],
    },
  },
  env: (name) => (name === 'SET' ? 'value' : undefined),
  knownModelProviders: ['openai', 'sim'],
  pricedModel: (name) => name !== 'openai/unpriced',
  programs: ['buildbot'],
};

const BASE = `apiVersion: openloop.ai/v1alpha1
kind: Agent
metadata:
  name: dev-platform
  workspace: acme
spec:
  surfaces:
    - type: slack
      channel: "#dev"
  model_policy:
    default: openai/gpt-4o-mini
  tools:
    - name: github
      type: native
      permissions: ["issues:read", "issues:write"]
  approvals:
    require_for: ["github.issues:write"]
    approvers: ["@priya", "@max"]
  budget:
    monthly_usd: 50
    per_task_usd: 0.50
`;

/** The base file with one piece replaced; a test that replaces nothing would prove nothing. */
function having(from: string, to: string): string {
  if (!BASE.includes(from)) throw new Error(`The base file has no ${from}`);
  return BASE.replace(from, () => to);
}

function adding(section: string, line: string): string {
  return having(`  ${section}:\n`, `  ${section}:\n    ${line}\n`);
}

function problemsOf(source: string | Uint8Array): readonly Problem[] {
  return parseAgents(source, 'agent.yaml', OPTIONS).problems;
}

function mcp(server: string): string {
  return having(
    '  approvals:',
    `    - { name: ci, type: mcp, server: "${server}", permissions: [list_runs] }\n  approvals:`,
  );
}

const secondAgent = (name: string, channel: string) =>
  BASE + '---\n' + BASE.replace('dev-platform', name).replace('#dev"', `${channel}"`);

const BOMB = [
  'a: &a [x,x]',
  ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [*${'abcdefghi'[i]},*${'abcdefghi'[i]}]`),
].join('\n');

interface Case {
  name: string;
  source: string | Uint8Array;
  code: string;
  says?: string;
  at?: string;
  path?: string;
  suggestion?: string;
  severity?: Problem['severity'];
}

// One case a line, so that the table reads as one.
// prettier-ignore
const CASES: readonly Case[] = [
  { name: '1 an empty file', source: '', code: 'config_empty', says: 'the file has no document', at: '1:1' },
  { name: '1 only comments', source: '# nothing\n---\n', code: 'config_empty' },
  { name: '2 an unknown version', source: having('openloop.ai/v1alpha1', 'openloop.ai/v2'), code: 'unsupported_api_version', says: '"openloop.ai/v2"; this build reads openloop.ai/v1alpha1', at: '1:13' },
  { name: '2 no version', source: having('apiVersion: openloop.ai/v1alpha1\n', ''), code: 'unsupported_api_version', says: 'missing' },
  { name: '3 a misspelt kind', source: having('kind: Agent', 'kind: Agents'), code: 'unknown_kind', suggestion: 'Agent', at: '2:7' },
  { name: '4 a doubled key', source: having('  budget:\n', '  tools: []\n  budget:\n'), code: 'duplicate_key', says: "duplicate key 'tools'", at: '19:3' },
  { name: '5 a tab as indent', source: having('    monthly_usd', '\tmonthly_usd'), code: 'tab_indent' },
  { name: '6 one name twice', source: secondAgent('dev-platform', '#other'), code: 'duplicate_agent', says: 'acme/dev-platform is there twice (docs 1 and 2)', path: 'metadata.name' },
  { name: '7 an anchor', source: having('name: dev-platform', 'name: &x dev-platform'), code: 'aliases_not_allowed', at: '4:12' },
  { name: '7 an alias', source: having('name: dev-platform', 'name: *x'), code: 'aliases_not_allowed' },
  { name: '7 a merge key', source: having('  name: dev-platform', '  <<: { name: dev-platform }'), code: 'aliases_not_allowed' },
  { name: '8 an alias bomb', source: BOMB, code: 'aliases_not_allowed' },
  { name: '9 a JavaScript function', source: having('name: dev-platform', 'name: !!js/function "x"'), code: 'tag_not_allowed' },
  { name: '9 binary', source: having('name: dev-platform', 'name: !!binary aGk='), code: 'tag_not_allowed' },
  { name: '9 a tag of its own', source: having('name: dev-platform', 'name: !mine x'), code: 'tag_not_allowed' },
  { name: '9 a tag that changes nothing', source: having('name: dev-platform', 'name: !!str x'), code: 'tag_not_allowed' },
  { name: '10 a directive', source: `%YAML 1.1\n---\n${BASE}`, code: 'yaml_directive_not_allowed', at: '1:1' },
  { name: '11 5,000 brackets', source: `a: ${'['.repeat(5000)}${']'.repeat(5000)}`, code: 'too_deep', says: 'max 32', at: '1:36' },
  { name: '11 5,000 dashes', source: `${'- '.repeat(5000)}a`, code: 'too_deep' },
  { name: '11 300 levels of indent', source: Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), code: 'too_deep' },
  { name: '12 20,000 keys', source: Array.from({ length: 20_000 }, (_, i) => `key${i}: 1`).join('\n'), code: 'file_too_large', says: '64 KiB' },
  { name: '13 UTF-16', source: new Uint8Array(Buffer.from(`\ufeff${BASE}`, 'utf16le')), code: 'not_utf8' },
  { name: '13 invalid UTF-8', source: new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0x28]), code: 'not_utf8' },
  { name: '13 half a surrogate pair', source: 'a: \ud800', code: 'not_utf8' },
  { name: '13 a raw NUL', source: 'a: 1\nb: 2\nkey: abc\u0000\n', code: 'control_character', says: 'U+0000', at: '3:9' },
  { name: '13 an escaped NUL', source: having('"@max"', '"@m\\0ax"'), code: 'control_character', says: 'U+0000' },
  { name: '13 text that reorders the line', source: `# \u202e\n${BASE}`, code: 'control_character', says: 'U+202E' },
  { name: '15 a misspelt gate list', source: having('require_for:', 'require_fo:'), code: 'unknown_key', says: 'unknown key "require_fo" in spec.approvals', suggestion: 'require_for', at: '17:5', path: 'spec.approvals.require_fo' },
  { name: '15 a misspelt section', source: having('approvals:', 'approval:'), code: 'unknown_key', suggestion: 'approvals' },
  { name: '15 a key that JavaScript knows', source: having('  budget:', '  __proto__: {}\n  budget:'), code: 'unknown_key', says: '__proto__' },
  { name: '16 a gate that is no list', source: having('["github.issues:write"]', 'github.issues:write'), code: 'wrong_type', says: 'expected list', at: '17:18' },
  { name: '17 a gate without a tool', source: having('["github.issues:write"]', '["gitlab.issues:write"]'), code: 'gate_for_unknown_action', at: '17:19', suggestion: 'github.issues:write' },
  { name: '17 a gate that its tool does not know', source: having('["github.issues:write"]', '["github.pull:write"]'), code: 'gate_for_unknown_action', says: 'is not a permission of tool "github"', suggestion: 'github.pulls:write', path: 'spec.approvals.require_for[0]' },
  { name: '17 a gate that is only not granted', source: having('["github.issues:write"]', '["github.issues:write", "github.pulls:write"]'), code: 'gate_not_granted', severity: 'note' },
  { name: '17 a gate on an unseen MCP tool', source: mcp('http://localhost:1').replace('["github.issues:write"]', '["github.issues:write", "ci.restart"]'), code: 'gate_for_unseen_action', severity: 'warning' },
  { name: '17 a write without a gate', source: having('["github.issues:write"]', '[]'), code: 'write_held_anyway', severity: 'note', at: '15:36' },
  { name: '18 a gate without approvers', source: having('["@priya", "@max"]', '[]'), code: 'no_approvers_for_gated_action', at: '18:16' },
  { name: '18 a write without approvers', source: having('    require_for: ["github.issues:write"]\n    approvers: ["@priya", "@max"]', '    min_approvals: 1'), code: 'no_approvers_for_gated_action', says: 'github.issues:write' },
  { name: '20 more approvals than handles', source: adding('approvals', 'min_approvals: 3'), code: 'quorum_unreachable', severity: 'warning' },
  ...['0', '-1', '1.5', '"2"', '1e9'].map((value) => ({ name: `21 a quorum of ${value}`, source: adding('approvals', `min_approvals: ${value}`), code: 'quorum_out_of_range', says: 'quorum must be an integer 1..20' })),
  ...['0s', '-1h', '10y', '1 fortnight', '31d', '59s', '60'].map((value) => ({ name: `22 an expiry of ${value}`, source: adding('approvals', `expires_after: ${value}`), code: 'duration_out_of_range', says: 'duration out of range 1m..30d' })),
  { name: '22 a reminder after the end', source: adding('approvals', 'remind_after: 25h'), code: 'reminder_after_expiry' },
  { name: '22 a reminder that is no duration', source: adding('approvals', 'remind_after: soon'), code: 'duration_out_of_range' },
  ...['-5', '.inf', '.nan', '1e309', '"50"', '0.0000001', '1000001'].map((value) => ({ name: `23 a budget of ${value}`, source: having('monthly_usd: 50', `monthly_usd: ${value}`), code: 'money_out_of_range', says: 'money must be 0.000001..1000000 USD' })),
  { name: '24 a task above the month', source: having('per_task_usd: 0.50', 'per_task_usd: 51'), code: 'per_task_exceeds_monthly' },
  { name: '25 a model without provider', source: having('openai/gpt-4o-mini', 'gpt-4o'), code: 'model_unresolvable', says: 'provider/model' },
  { name: '25 a provider that is not configured', source: having('openai/gpt-4o-mini', 'anthropic/claude'), code: 'model_unresolvable' },
  { name: '25 a misspelt provider', source: having('openai/gpt-4o-mini', 'opnai/gpt-4o-mini'), code: 'model_unresolvable', suggestion: 'openai/gpt-4o-mini' },
  { name: '26 a model without price', source: having('openai/gpt-4o-mini', 'openai/unpriced'), code: 'model_price_unknown' },
  { name: '27 a route for nothing', source: adding('model_policy', 'routes: [{ match: {}, model: sim/a }]'), code: 'route_never_matches' },
  { name: '27 a route for the channel', source: adding('model_policy', 'routes: [{ match: { channel: eng }, model: sim/a }]'), code: 'unknown_key' },
  { name: '27 two routes for one task', source: adding('model_policy', 'routes: [{ match: { task: a }, model: sim/a }, { match: { task: a }, model: sim/b }]'), code: 'route_shadowed', says: 'shadowed by #1' },
  { name: '28 a channel with a space', source: having('"#dev"', '"#dev platform"'), code: 'channel_invalid', at: '9:16' },
  { name: '28 a channel that is a comment', source: having('"#dev"', '#dev'), code: 'wrong_type', path: 'spec.surfaces[0].channel' },
  { name: '29 two agents in one channel', source: secondAgent('other', '#DEV'.toLowerCase()), code: 'channel_conflict', says: 'belongs to agent dev-platform' },
  { name: '30 a misspelt tool', source: having('name: github', 'name: githb'), code: 'unknown_tool', suggestion: 'github', at: '13:13' },
  { name: '30 a tool that every object has', source: having('name: github', 'name: constructor'), code: 'unknown_tool' },
  { name: '31 a misspelt permission', source: having('"issues:read"', '"issues:raed"'), code: 'unknown_permission', suggestion: 'issues:read', at: '15:21' },
  { name: '32 a wildcard', source: having('"issues:read"', '"*"'), code: 'wildcards_not_allowed' },
  { name: '32 a wildcard gate', source: having('["github.issues:write"]', '["github.*"]'), code: 'wildcards_not_allowed' },
  ...[
    'file:///etc/passwd', 'http://169.254.169.254', 'http://user:pw@h', 'https://[::ffff:10.0.0.1]', 'http://0x7f000001', 'http://2130706433',
    'http://0177.0.0.1', 'http://127.1', 'http://[fe80::1]', 'http://[fd00:ec2::254]', 'http://metadata.google.internal', 'http://0.0.0.0', 'localhost:8931', 'http://[64:ff9b::a9fe:a9fe]',
    'http://169.254.169.254.', 'http://①⑥⑨.254.169.254', 'javascript:alert(1)',
  ].map((server) => ({ name: `33 ${server}`, source: mcp(server), code: 'mcp_url_refused', path: 'spec.tools[1].server' })),
  { name: '33 plain http to the internet', source: mcp('http://mcp.example.com'), code: 'mcp_unencrypted', severity: 'warning' },
  { name: '33 an MCP tool without server', source: having('type: native', 'type: mcp'), code: 'missing_key' },
  { name: '34 two tools with one function name', source: mcp('http://localhost:1').replace('[list_runs]', '[list.runs, list_runs]'), code: 'tool_name_collision', says: 'ci_list_runs' },
  { name: '34 one tool declared twice', source: mcp('http://localhost:1').replace('name: ci', 'name: github'), code: 'duplicate_tool' },
  ...['Dev Platform', '', 'x'.repeat(300), '../x', '__proto__', 'dev-рlatform'].map((value) => ({ name: `35 the name "${value.slice(0, 12)}"`, source: having('name: dev-platform', `name: "${value}"`), code: 'invalid_name', says: '[a-z0-9-]{1,63}' })),
  ...[`sk-${'proj-a1b2c3d4e5f6'}`, `xoxb-${'1234567890-abcdef'}`, `ghp_${'a1b2c3d4e5f6g7h8i9j0'}`].map((value) => ({ name: `36 ${value.slice(0, 4)}…`, source: having('  budget:', `    # old: ${value}\n  budget:`), code: 'secret_in_config', at: '19:12' })),
  { name: '36 a header with its secret', source: mcp('http://localhost:1').replace('permissions: [list_runs]', 'headers: { Authorization: Bearer abc }'), code: 'secret_in_config', says: 'value hidden' },
  { name: '37 a variable that is not set', source: mcp('http://localhost:1').replace('permissions: [list_runs]', 'headers: { Authorization: "Bearer ${env:NOPE}" }'), code: 'env_not_set', says: 'NOPE' },
  { name: '33 the command of a program', source: mcp('stdio:sh -c id'), code: 'mcp_url_refused', says: 'not the name of a program' },
  { name: '33 a program nobody declared', source: mcp('stdio:build-bot'), code: 'unknown_program', suggestion: 'stdio:buildbot' },
  { name: '33 headers for a program', source: mcp('stdio:buildbot').replace('permissions: [list_runs]', 'headers: { X-A: b }, permissions: [list_runs]'), code: 'server_needs_http' },
  { name: '37 credentials that are no variable', source: mcp('http://localhost:1').replace('permissions: [list_runs]', 'credentials: abc, permissions: [list_runs]'), code: 'credentials_not_env', says: 'value hidden' },
  { name: 'a read that is not granted', source: mcp('http://localhost:1').replace('permissions: [list_runs]', 'permissions: [list_runs], reads: [list_run]'), code: 'read_not_granted', suggestion: 'list_runs', path: 'spec.tools[1].reads[0]' },
  { name: 'a wildcard among the reads', source: mcp('http://localhost:1').replace('permissions: [list_runs]', 'permissions: [list_runs], reads: ["*"]'), code: 'wildcards_not_allowed' },
  { name: 'reads of a native tool', source: having('type: native', 'type: native\n      reads: ["issues:read"]'), code: 'server_needs_mcp' },
  ...['0s', '31s', '1m', '1h', '30'].map((value) => ({ name: `a call of ${value}`, source: mcp('http://localhost:1').replace('permissions: [list_runs]', `timeout: "${value}", permissions: [list_runs]`), code: 'duration_out_of_range', says: '1s..30s' })),
  { name: 'an MCP write with nobody to ask', source: mcp('http://localhost:1').replace('approvers: ["@priya", "@max"]', 'approvers: []').replace('require_for: ["github.issues:write"]', 'require_for: []').replace(', "issues:write"', ''), code: 'no_approvers_for_gated_action', says: 'ci.list_runs' },
  ...['0', '100000', '-5', '1.5'].map((value) => ({ name: `38 ${value} days`, source: adding('budget', '').replace('  budget:', `  memory: { retention_days: ${value} }\n  budget:`), code: 'out_of_range', says: '1..3650' })),
  { name: '39 an unknown scope', source: having('  budget:', '  memory: { scope: global }\n  budget:'), code: 'not_one_of', says: 'channel, agent, workspace' },
];

/** What a case says of the place and the remedy. */
function placeOf({ at, path, suggestion }: Pick<Case, 'at' | 'path' | 'suggestion'>): Partial<Case> {
  return Object.fromEntries(
    Object.entries({ at, path, suggestion }).filter(([, value]) => value !== undefined),
  );
}

describe('bad agent files', () => {
  it('has a good base file', () => {
    expect(parseAgents(BASE, 'agent.yaml', OPTIONS)).toMatchObject({
      problems: [],
      documents: [{ index: 1, agent: { name: 'dev-platform' } }],
    });
  });

  it.each(CASES)('case $name', ({ source, code, says = '', severity = 'error', ...expected }) => {
    const { problems, documents } = parseAgents(source, 'agent.yaml', OPTIONS);
    const problem = problems.find((each) => each.code === code);
    expect(problems.map((each) => each.code)).toContain(code);
    expect(problem).toMatchObject({ severity, file: 'agent.yaml', message: expect.stringContaining(says) });
    const found: Partial<Case> = { ...problem, at: `${problem?.line}:${problem?.column}` };
    expect(found).toMatchObject(placeOf(expected));
    const isOfTwo = code === 'duplicate_agent' || code === 'channel_conflict';
    expect(documents).toHaveLength(severity === 'error' && !isOfTwo ? 0 : 1);
  });

  it('case 4 says where the key came first', () => {
    expect(problemsOf(having('  budget:\n', '  tools: []\n  budget:\n'))[0]?.hint).toBe('first at 12:3');
  });

  it('case 14 reads past a byte order mark', () => {
    const bytes = new Uint8Array(Buffer.from(`\ufeff${BASE}`, 'utf8'));
    expect([...problemsOf(`\ufeff${BASE}`), ...problemsOf(bytes)]).toEqual([]);
  });

  it('case 25 names the variable that a provider needs', () => {
    expect(problemsOf(having('openai/gpt-4o-mini', 'anthropic/claude'))[0]?.hint).toContain(
      'set ANTHROPIC_API_KEY',
    );
  });

  it('case 26 says what can be done about a price that nobody knows', () => {
    const options: ParseOptions = {
      tools: OPTIONS.tools ?? {},
      pricedModel: (name) => name === 'openai/gpt-4o-mini',
    };
    const hint = expect.stringMatching(/^name a model of anthropic or openai .* remove budget\.monthly_usd/);
    const remedyFor = (model: string) =>
      parseAgents(having('openai/gpt-4o-mini', model), 'agent.yaml', options).problems;
    expect(remedyFor('opnai/gpt-4o-mini')).toMatchObject([{ hint, suggestion: 'openai/gpt-4o-mini' }]);
    expect(remedyFor('opnai/gpt-9')).toEqual([
      expect.not.objectContaining({ suggestion: expect.anything() }),
    ]);
    expect(remedyFor('local/llama')).toMatchObject([{ code: 'model_price_unknown', hint }]);
  });

  it('case 35 names the letter that pretends to be another', () => {
    expect(problemsOf(having('name: dev-platform', 'name: dev-рlatform'))[0]?.hint).toBe(
      '"р" (U+0440, Cyrillic) looks like "p"',
    );
  });

  it('case 36 never repeats a secret, whatever else is wrong with it', () => {
    const secret = `sk-${'live'}-abcdef0123456789_X`;
    const problems = problemsOf(having('name: dev-platform', `name: ${secret}`));
    expect(problems.map(({ code }) => code).toSorted()).toEqual(['invalid_name', 'secret_in_config']);
    expect(JSON.stringify(problems)).not.toContain('abcdef');
  });

  it('keeps every error when a file has very many problems', () => {
    const unknown = Array.from({ length: 300 }, (_, i) => `  odd${i}: 1\n`).join('');
    const problems = problemsOf(having('["github.issues:write"]', '[]') + unknown);
    expect([problems.length, problems.every(({ code }) => code === 'unknown_key')]).toEqual([200, true]);
  });

  it.each([
    ['8 an alias bomb', BOMB],
    ['11 deep brackets', '['.repeat(60_000)],
    ['12 a large file', 'a: 1\n'.repeat(200_000)],
  ])('case %s is refused fast', (_, source) => {
    problemsOf(source);
    const started = performance.now();
    problemsOf(source);
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe('parseAgents', () => {
  it('reports the problems of every section at once, in the order of the text', () => {
    const source = having('"issues:read"', '"issues:raed"')
      .replace('monthly_usd', 'montly_usd')
      .replace('#dev', '#dev x');
    expect(problemsOf(source).map(({ code }) => code)).toEqual([
      'channel_invalid',
      'unknown_permission',
      'unknown_key',
    ]);
  });

  it('says nothing of what a misspelt key alone has caused', () => {
    expect(problemsOf(having('approvers:', 'approvrs:')).map(({ code }) => code)).toEqual(['unknown_key']);
  });

  it('keeps the sound documents of a file beside the broken ones', () => {
    const { documents, problems } = parseAgents(`${BASE}---\nkind: Agents\n`, 'two.yaml', OPTIONS);
    expect([documents.length, problems.map(({ code, line }) => `${code} ${line}`)]).toEqual([
      1,
      ['unknown_kind 23'],
    ]);
  });

  it('reads JSON, also indented with tabs', () => {
    const source = JSON.stringify(
      {
        apiVersion: 'openloop.ai/v1alpha1',
        metadata: { name: 'a', workspace: 'b' },
        spec: { model_policy: { default: 'sim/demo' } },
      },
      null,
      '\t',
    );
    expect(parseAgents(source, 'a.json', OPTIONS)).toMatchObject({
      problems: [],
      documents: [{ agent: { name: 'a' } }],
    });
  });

  it('reads the later name of the version, and says so', () => {
    const source = having('openloop.ai/', 'openloop.team/').replace(
      'name: dev-platform',
      `name: dev-platform\n  id: ${'0f'.repeat(16)}`,
    );
    const { documents, problems } = parseAgents(source, 'a.yaml', OPTIONS);
    expect([documents[0]?.agent.id, problems.map(({ severity, code }) => `${severity} ${code}`)]).toEqual([
      '0f'.repeat(16),
      ['note api_version_alias'],
    ]);
  });

  it('leaves out the checks whose knowledge it is not given', () => {
    const source = having('openai/gpt-4o-mini', 'nowhere/x')
      .replace('name: github', 'name: gitlab')
      .replace('["github.issues:write"]', '[]');
    expect(parseAgents(source, 'a.yaml').problems).toEqual([]);
  });

  it('keeps references to the environment as they are written', () => {
    const source = mcp('${env:SET}').replace(
      'permissions: [list_runs]',
      'headers: { X-Api-Key: "${env:SET}" }',
    );
    const { documents } = parseAgents(source, 'a.yaml', { ...OPTIONS, env: () => 'http://localhost:1' });
    expect(documents[0]?.agent.tools[1]).toMatchObject({
      server: '${env:SET}',
      headers: { 'X-Api-Key': '${env:SET}' },
    });
  });

  it('takes a declared program, the reads of a server and how long a call may take', () => {
    const source = mcp('stdio:buildbot').replace(
      'permissions: [list_runs]',
      'permissions: [list_runs, rerun], reads: [list_runs], timeout: 25s, credentials: null',
    );
    const { documents, problems } = parseAgents(source, 'a.yaml', OPTIONS);
    expect(problems).toEqual([]);
    expect(documents[0]?.agent.tools[1]).toMatchObject({
      server: 'stdio:buildbot',
      reads: ['list_runs'],
      timeoutMs: 25_000,
    });
  });

  it('refuses an MCP address that only the environment reveals', () => {
    const { problems } = parseAgents(mcp('${env:SET}'), 'a.yaml', {
      ...OPTIONS,
      env: () => 'http://169.254.169.254',
    });
    expect(problems.map(({ code, message }) => [code, message.includes('169')])).toEqual([
      ['mcp_url_refused', false],
    ]);
  });

  it('fills the published defaults', () => {
    const source =
      'apiVersion: openloop.ai/v1alpha1\nmetadata: { name: a, workspace: b }\nspec: { model_policy: { default: sim/x } }\n';
    expect(parseAgents(source, 'a.yaml').documents[0]?.agent).toMatchObject({
      memory: { scope: 'channel', backend: 'postgres', retentionDays: 90 },
      approvals: {
        requireFor: [],
        minApprovals: 1,
        selfApproval: 'deny',
        expiresAfterMs: 86_400_000,
        remindAfterMs: 43_200_000,
        decideIn: ['any'],
      },
      budget: { monthlyMicros: null, perTaskMicros: null, onExceeded: 'block', warnAt: [0.8, 1] },
      limits: { maxConcurrentTasks: null, tasksPerMinute: null, maxSteps: 16, maxMinutes: 15 },
    });
  });
});
