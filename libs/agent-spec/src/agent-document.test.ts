import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import type { Handle } from '@openloop/kernel';

import { problemsAcrossFiles } from './across-documents.js';
import type { Agent } from './agent.js';
import type { AgentDocument } from './agent-document.js';
import { approverProblems, type ApproverMatch } from './checks/check-approvers.js';
import { agentDigest, authorityDigest, effectiveYaml } from './digests.js';
import { resolveEnv } from './env-references.js';
import type { ParseOptions } from './options.js';
import { parseAgents } from './parse-agents.js';
import { planChange } from './plan-change.js';
import { problemsAsGitHub, renderProblem } from './render-problem.js';
import { anAgent, anAgentYaml } from './testing/index.js';

const EXAMPLES = new URL('../../../agents/', import.meta.url);
const permission = (name: string) => ({
  name,
  effect: name.endsWith('write') ? ('write' as const) : ('read' as const),
});
const OPTIONS: ParseOptions = {
  tools: {
    github: { permissions: ['issues:read', 'issues:write', 'pulls:read', 'pulls:write'].map(permission) },
    demo: { permissions: ['issues:read', 'issues:write'].map(permission) },
  },
};

function example(name: string) {
  return parseAgents(readFileSync(new URL(name, EXAMPLES)), name, OPTIONS);
}

function documentOf(source: string, file = 'a.yaml'): AgentDocument {
  const { documents, problems } = parseAgents(source, file);
  const [document] = documents;
  if (document === undefined)
    throw new Error(problems.map((problem) => renderProblem(problem, source)).join('\n'));
  return document;
}

function sectionsOf(agent: Agent) {
  return { digest: agentDigest(agent), authority: authorityDigest(agent) };
}

describe('the examples', () => {
  it('accepts the published sample, and notes the gate on what is not granted', () => {
    const { documents, problems } = example('dev-platform.yaml');
    expect(problems.map(({ severity, code, path }) => [severity, code, path])).toEqual([
      ['note', 'gate_not_granted', 'spec.approvals.require_for[1]'],
    ]);
    expect(documents[0]?.agent).toMatchObject({
      name: 'dev-platform',
      workspace: 'acme',
      surfaces: [
        { type: 'slack', channel: '#dev-platform', respondTo: 'addressed' },
        { type: 'discord', channel: 'eng' },
      ],
      modelPolicy: {
        routes: [
          { match: { task: 'summarize' } },
          { match: { task: 'code' } },
          { match: { task: 'investigate' } },
        ],
      },
      tools: [
        { type: 'native', name: 'github' },
        {
          type: 'mcp',
          server: 'http://localhost:8931',
          permissions: ['get_run_logs', 'list_runs'],
          reads: [],
          timeoutMs: 30_000,
        },
      ],
      approvals: {
        requireFor: ['github.issues:write', 'github.pulls:write'],
        approvers: ['@priya', '@maintainers'],
      },
      budget: { monthlyMicros: 50_000_000, perTaskMicros: 500_000, onExceeded: 'block' },
    });
  });

  it('has nothing to say of the demo', () => {
    const { documents, problems } = example('demo.yaml');
    expect([problems, documents[0]?.agent.approvals.selfApproval]).toEqual([[], 'allow']);
  });
});

describe('digests', () => {
  it('do not see comments, order of keys or defaults written out', () => {
    const short =
      'apiVersion: openloop.ai/v1alpha1\nmetadata: { name: a, workspace: b }\nspec: { model_policy: { default: sim/x } }\n';
    const long =
      'spec:\n  limits: { max_steps: 16 } # the default\n  model_policy: { default: sim/x, routes: [] }\n  approvals: { expires_after: 1440m }\nkind: Agent\nmetadata: { workspace: b, name: a }\napiVersion: openloop.team/v1alpha1\n';
    expect(sectionsOf(documentOf(short).agent)).toEqual(sectionsOf(documentOf(long).agent));
  });

  it('tell a change of words from a change of authority', () => {
    const before = sectionsOf(anAgent());
    const words = sectionsOf(anAgent({ instructions: 'Be brief.' }));
    expect([words.digest === before.digest, words.authority === before.authority]).toEqual([false, true]);
    const changes: Agent[] = [
      anAgent({ approvals: { selfApproval: 'allow' } }),
      anAgent({ budget: { monthlyMicros: null } }),
      anAgent({ surfaces: [] }),
      anAgent({ tools: [] }),
    ];
    expect(changes.map((agent) => authorityDigest(agent) === before.authority)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('effectiveYaml', () => {
  const awkward = anAgent({
    id: '0f'.repeat(16),
    description: 'yes: no # null',
    instructions: 'One\r\n  two\n\n\ttabs, `*`, &x, %YAML\n--- \n',
    surfaces: [{ type: 'slack', channel: '#dev', respondTo: 'all', progress: 'quiet' }],
    tools: [
      {
        type: 'mcp',
        name: 'ci',
        server: '${env:CI_URL}',
        permissions: ['null', 'list.runs'],
        credentials: '${env:CI_TOKEN}',
        headers: { 'X-Key': '${env:K}' },
        reads: ['list.runs'],
        timeoutMs: 5000,
      },
    ],
    approvals: { requireFor: ['ci.null'], expiresAfterMs: 90_000, remindAfterMs: null, sampleRate: 0.25 },
    budget: { monthlyMicros: 1, perTaskMicros: null, onExceeded: 'warn', warnAt: [0.123456] },
    limits: { maxConcurrentTasks: 3, tasksPerMinute: 7 },
  });

  it.each([
    ['the published sample', () => example('dev-platform.yaml').documents[0]?.agent],
    ['the demo', () => example('demo.yaml').documents[0]?.agent],
    ['values that look like something else', () => awkward],
    [
      'a reminder shorter than a minute away',
      () => anAgent({ approvals: { expiresAfterMs: 60_000, remindAfterMs: null } }),
    ],
  ])('means the same when it is read again: %s', (_, agentOf) => {
    const agent = agentOf() ?? anAgent({ name: 'missing' });
    expect(documentOf(effectiveYaml(agent)).agent).toEqual(agent);
    expect(agentDigest(documentOf(effectiveYaml(agent)).agent)).toBe(agentDigest(agent));
  });
});

describe('planChange', () => {
  it('creates what is not there, and says what that may do', () => {
    expect(planChange(null, anAgent())).toEqual({
      kind: 'create',
      changes: [],
      widens: ['may use demo.issues:read', 'may use demo.issues:write'],
    });
  });

  it('finds nothing between two equal agents', () => {
    expect(planChange(anAgent(), anAgent())).toEqual({ kind: 'unchanged', changes: [], widens: [] });
  });

  it('names each place that differs, as it is written', () => {
    const [tool] = anAgent().tools;
    const after = anAgent({
      budget: { monthlyMicros: 75_500_000 },
      tools: tool ? [{ ...tool, permissions: ['issues:read'] }] : [],
    });
    expect(planChange(anAgent(), after)).toEqual({
      kind: 'change',
      changes: [
        {
          path: 'spec.tools[demo].permissions',
          before: ['issues:read', 'issues:write'],
          after: ['issues:read'],
        },
        { path: 'spec.budget.monthly_usd', before: 5, after: 75.5 },
      ],
      widens: ['the monthly budget rises from $5.00 to $75.50'],
    });
  });

  it('sees that tools changed places', () => {
    const native = (name: string) => ({ type: 'native' as const, name, permissions: [], credentials: null });
    const plan = planChange(
      anAgent({ tools: [native('a'), native('b')] }),
      anAgent({ tools: [native('b'), native('a')] }),
    );
    expect(plan).toMatchObject({ kind: 'change', changes: [{ path: 'spec.tools' }], widens: [] });
  });

  const guarded = anAgent({ approvals: { minApprovals: 2, decideIn: ['console'] } });
  const mcp = (server: string, reads: string[] = []) => ({
    type: 'mcp' as const,
    name: 'ci',
    server,
    permissions: ['x'],
    credentials: null,
    headers: {},
    reads,
    timeoutMs: 30_000,
  });
  const grants = {
    enabled: true,
    maxTtlMs: 3_600_000,
    scopes: ['thread'] as const,
    forbidFor: ['*.delete:*'],
  };
  it.each<[string, Agent, Agent, string]>([
    [
      'a removed gate',
      anAgent(),
      anAgent({ approvals: { requireFor: [] } }),
      'no rule holds demo.issues:write any more',
    ],
    [
      'a new approver',
      anAgent(),
      anAgent({ approvals: { approvers: ['@operator', '@max'] } }),
      '@max may approve',
    ],
    [
      'fewer approvals',
      guarded,
      anAgent({ approvals: { minApprovals: 1, decideIn: ['console'] } }),
      '1 instead of 2 approvals are enough',
    ],
    [
      'another place to decide',
      guarded,
      anAgent({ approvals: { minApprovals: 2 } }),
      'decisions count from any too',
    ],
    [
      'self-approval',
      anAgent(),
      anAgent({ approvals: { selfApproval: 'allow' } }),
      'people may approve what they asked for',
    ],
    [
      'no budget',
      anAgent(),
      anAgent({ budget: { monthlyMicros: null } }),
      'the monthly budget rises from $5.00 to no limit',
    ],
    [
      'a larger task',
      anAgent(),
      anAgent({ budget: { perTaskMicros: 600_000 } }),
      'the per-task budget rises from $0.5000 to $0.6000',
    ],
    [
      'a budget that only warns',
      anAgent(),
      anAgent({ budget: { onExceeded: 'warn' } }),
      'the budget warns and no longer blocks',
    ],
    [
      'another server',
      anAgent({ tools: [mcp('http://a')] }),
      anAgent({ tools: [mcp('http://b')] }),
      'tool ci is reached in another way',
    ],
    [
      'an MCP tool that is said to only read',
      anAgent({ tools: [mcp('http://a')] }),
      anAgent({ tools: [mcp('http://a', ['x'])] }),
      'ci.x counts as a read: nobody is asked any more',
    ],
    ['grants', anAgent(), anAgent({ approvals: { grants } }), 'approvers may allow actions for a while'],
    [
      'wider grants',
      anAgent({ approvals: { grants } }),
      anAgent({ approvals: { grants: { ...grants, forbidFor: [] } } }),
      'such allowances may cover *.delete:*',
    ],
  ])('calls %s widening, and its opposite not', (_, before, after, widens) => {
    expect(planChange(before, after).widens).toEqual([widens]);
    expect(planChange(after, before).widens.filter((each) => !each.startsWith('tool ci'))).toEqual([]);
  });
});

describe('what only a server can check', () => {
  const document = documentOf(
    anAgentYaml({ approvals: { approvers: ['@priya', '@team'], minApprovals: 2 } }),
  );
  const found = (matches: [Handle, ApproverMatch][], isCertain = true) =>
    approverProblems(document, new Map(matches), { isCertain }).map(({ severity, code, message, path }) => [
      severity,
      code,
      message,
      path,
    ]);

  it('case 19 names an approver whom nobody or several people answer to', () => {
    expect(found([['@team', { kind: 'ambiguous', candidates: ['slack:U1', 'slack:U9'] }]])).toEqual([
      ['error', 'approver_unresolved', 'no @priya in workspace default', 'spec.approvals.approvers[0]'],
      [
        'error',
        'approver_ambiguous',
        '@team could be any of slack:U1, slack:U9',
        'spec.approvals.approvers[1]',
      ],
    ]);
  });

  it('case 19 only warns while no surface can tell', () => {
    expect(found([], false).map(([severity]) => severity)).toEqual(['warning', 'warning']);
  });

  it('case 20 counts people, not handles', () => {
    const priya: [Handle, ApproverMatch] = ['@priya', { kind: 'person', id: 'usr_1' }];
    expect(found([priya, ['@team', { kind: 'group', ids: ['usr_1'] }]])).toEqual([
      [
        'error',
        'quorum_unreachable',
        '2 approvals are needed, the approvers are one person in all',
        'spec.approvals.min_approvals',
      ],
    ]);
    expect(found([priya, ['@team', { kind: 'group', ids: ['usr_1', 'usr_2'] }]])).toEqual([]);
  });

  it('cases 6 and 29 compare files too', () => {
    const surfaces = [{ type: 'discord', channel: 'eng', respondTo: 'all', progress: 'quiet' }] as const;
    const [one, same, other] = [
      ['demo', 'one.yaml'],
      ['demo', 'same.yaml'],
      ['other', 'other.yaml'],
    ].map(([name, file]) =>
      documentOf(
        anAgentYaml({ name: name ?? '', surfaces: name === 'demo' && file === 'same.yaml' ? [] : surfaces }),
        file,
      ),
    );
    const problems = problemsAcrossFiles([one, same, other].flatMap((each) => each ?? []));
    expect(problems.map(({ file, code, message }) => [file, code, message])).toEqual([
      ['same.yaml', 'duplicate_agent', 'agent default/demo is there twice (one.yaml and same.yaml)'],
      [
        'other.yaml',
        'channel_conflict',
        'discord channel "eng" already belongs to agent demo (one.yaml and other.yaml)',
      ],
    ]);
  });
});

describe('resolveEnv', () => {
  it('replaces every reference, or answers nothing', () => {
    const env = (name: string) => ({ A: '1', B: '$&' })[name];
    expect([
      resolveEnv('${env:A}-${env:B}-${env:A}', env),
      resolveEnv('${env:A}${env:C}', env),
      resolveEnv('$A', env),
    ]).toEqual(['1-$&-1', null, '$A']);
  });
});

describe('the display of a problem', () => {
  const source = readFileSync(new URL('demo.yaml', EXAMPLES), 'utf8').replace('monthly_usd', 'montly_usd');
  const [problem] = parseAgents(source, 'agents/demo.yaml', OPTIONS).problems;

  it('points at the cause and says what was meant', () => {
    expect(problem && renderProblem(problem, source)).toBe(
      [
        'agents/demo.yaml:27:5  error  unknown key "montly_usd" in spec.budget [unknown_key]',
        '  25 │     self_approval: allow',
        '  26 │   budget:',
        '  27 │     montly_usd: 5',
        '     │     ^^^^^^^^^^ did you mean "monthly_usd"?',
      ].join('\n'),
    );
  });

  it('becomes an annotation', () => {
    expect(problem && problemsAsGitHub([{ ...problem, file: 'a,b.yaml', message: '50 %\nmore' }])).toBe(
      '::error file=a%2Cb.yaml,line=27,col=5,title=unknown_key::50 %25%0Amore; did you mean "monthly_usd"?',
    );
  });

  it('hides secrets, also those beside the cause', () => {
    const text = `apiVersion: openloop.ai/v1alpha1\n# ghp_${'a1b2c3d4e5f6g7h8i9j0'}\nkind: Agents\n`;
    const output = parseAgents(text, 'a.yaml').problems.map((each) => renderProblem(each, text));
    expect([output.length, output.join('\n').includes('a1b2')]).toEqual([2, false]);
  });

  it('shows at most 80 columns of a line, with the cause in sight', () => {
    const text = `{ "apiVersion": "openloop.ai/v1alpha1", ${' '.repeat(300)}"kind": "Agents" }`;
    const lines = parseAgents(text, 'a.json').problems.flatMap((each) =>
      renderProblem(each, text).split('\n').slice(1),
    );
    expect(Math.max(...lines.slice(0, 1).map((line) => line.length))).toBeLessThanOrEqual(86);
    expect(lines[0]?.indexOf('"Agents"')).toBe(lines[1]?.indexOf('^'));
  });
});
