import { functionName } from '@openloop/kernel';

import { envNames, resolveEnv } from '../env-references.js';
import { isPrivateHost, mcpUrlRefusal, stdioProgram } from '../mcp-url.js';
import type { ParseOptions, ToolVocabulary } from '../options.js';
import { error, note, shown, warning, type Finding, type Path } from '../problem.js';
import type { WrittenAgent } from '../schema.js';
import { closest } from '../suggest.js';

type Tool = WrittenAgent['spec']['tools'][number];

/** What each tool is, where it is, and what it is asked to allow. */
export function checkTools({ spec }: WrittenAgent, options: ParseOptions): Finding[] {
  const each = spec.tools.flatMap((tool, i) => {
    const path = ['spec', 'tools', i];
    const own =
      tool.type === 'mcp' ? mcpFindings(tool, path, options) : nativeFindings(tool, path, options.tools);
    return [...own, ...envFindings(tool, path, options.env)];
  });
  return [...each, ...doubledNames(spec.tools), ...collidingFunctions(spec.tools)];
}

function nativeFindings(tool: Tool, path: Path, vocabulary: ToolVocabulary | undefined): Finding[] {
  const findings: Finding[] = [];
  if (tool.server !== undefined) {
    findings.push(
      error('server_needs_mcp', [...path, 'server'], 'a native tool has no server', {
        part: 'key',
        hint: 'set type: mcp',
      }),
    );
  }
  const strays = [
    ...(Object.keys(tool.headers).length > 0 ? ['headers'] : []),
    ...(tool.reads.length > 0 ? ['reads'] : []),
    ...(tool.timeout === undefined ? [] : ['timeout']),
  ];
  findings.push(
    ...strays.map((key) =>
      error('server_needs_mcp', [...path, key], `a native tool has no ${key}`, { part: 'key' }),
    ),
  );
  if (vocabulary === undefined) return findings;
  const names = Object.keys(vocabulary);
  if (!names.includes(tool.name)) {
    const extra = { suggestion: closest(tool.name, names), hint: `known: ${names.join(', ')}` };
    return [
      ...findings,
      error('unknown_tool', [...path, 'name'], `there is no native tool ${shown(tool.name)}`, extra),
    ];
  }
  return [...findings, ...permissionFindings(tool, path, vocabulary)];
}

function permissionFindings(tool: Tool, path: Path, vocabulary: ToolVocabulary): Finding[] {
  const known = (vocabulary[tool.name]?.permissions ?? []).map(({ name }) => name);
  return tool.permissions.flatMap((permission, i) => {
    if (known.includes(permission)) return [];
    const at = [...path, 'permissions', i];
    const extra = { suggestion: closest(permission, known), hint: `${tool.name} offers ${known.join(', ')}` };
    return [
      error(
        'unknown_permission',
        at,
        `${shown(permission)} is not a permission of tool "${tool.name}"`,
        extra,
      ),
    ];
  });
}

function mcpFindings(tool: Tool, path: Path, options: ParseOptions): Finding[] {
  const headers = Object.entries(tool.headers).flatMap(([name, value]) => headerFindings(name, value, path));
  const findings = [...headers, ...readFindings(tool, path), ...credentialFindings(tool, path)];
  if (tool.server === undefined) {
    const hint = 'like http://localhost:8931';
    return [
      ...findings,
      error('missing_key', [...path, 'server'], `the MCP tool "${tool.name}" needs "server"`, { hint }),
    ];
  }
  const server = options.env === undefined ? tool.server : resolveEnv(tool.server, options.env);
  if (server === null || envNames(server).length > 0) return findings;
  if (server.startsWith('stdio:')) return [...findings, ...stdioFindings(server, tool, path, options)];
  const reason = mcpUrlRefusal(server);
  const at = [...path, 'server'];
  if (reason !== null)
    return [...findings, error('mcp_url_refused', at, `the MCP server is refused (${reason})`)];
  if (!server.startsWith('https:') && !isPrivateHost(server)) {
    findings.push(
      warning('mcp_unencrypted', at, 'http to a public host: anyone between can read and change it', {
        hint: 'use https',
      }),
    );
  }
  return findings;
}

function readFindings({ reads, permissions }: Tool, path: Path): Finding[] {
  return reads.flatMap((name, i) => {
    if (permissions.includes(name)) return [];
    const extra = { suggestion: closest(name, permissions), hint: 'name it under permissions first' };
    return [
      error('read_not_granted', [...path, 'reads', i], `${shown(name)} is not one of its permissions`, extra),
    ];
  });
}

/** A name would have to be looked up somewhere; a token in the file would be a secret in a revision. */
function credentialFindings({ credentials }: Tool, path: Path): Finding[] {
  if (!credentials || /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/.test(credentials)) return [];
  const message = 'the credentials of an MCP server are a variable (value hidden)';
  return [error('credentials_not_env', [...path, 'credentials'], message, { hint: 'use ${env:NAME}' })];
}

/** A program that the operator declared: a file can name it, never say what is run. */
function stdioFindings(server: string, tool: Tool, path: Path, { programs }: ParseOptions): Finding[] {
  const at = [...path, 'server'];
  const name = stdioProgram(server);
  if (name === null) {
    const hint = 'stdio:NAME, where the operator says what NAME runs';
    return [error('mcp_url_refused', at, 'the MCP server is refused (not the name of a program)', { hint })];
  }
  const strays = [
    ...(Object.keys(tool.headers).length > 0 ? ['headers'] : []),
    ...(tool.credentials ? ['credentials'] : []),
  ];
  const findings = strays.map((key) =>
    error(
      'server_needs_http',
      [...path, key],
      `a program has no ${key}; the operator declares its variables`,
      {
        part: 'key',
      },
    ),
  );
  if (programs === undefined || programs.includes(name)) return findings;
  const hint = `declared: ${programs.join(', ') || 'none'}`;
  const suggestion = closest(name, programs);
  return [
    ...findings,
    error('unknown_program', at, `no program ${shown(name)} is declared`, {
      hint,
      suggestion: suggestion && `stdio:${suggestion}`,
    }),
  ];
}

const SECRET_HEADER = /^(proxy-)?authorization$|^cookie$|key$|token$|secret$/i;

function headerFindings(name: string, value: string, path: Path): Finding[] {
  const at = [...path, 'headers', name];
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) {
    return [error('invalid_header', at, `${shown(name)} is not the name of a header`, { part: 'key' })];
  }
  if (!SECRET_HEADER.test(name) || envNames(value).length > 0) return [];
  return [
    error('secret_in_config', at, `the header ${shown(name)} is a secret (value hidden)`, {
      hint: 'use ${env:NAME}',
    }),
  ];
}

function envFindings(tool: Tool, path: Path, env: ParseOptions['env']): Finding[] {
  if (env === undefined) return [];
  const places: [Path, string][] = [
    [[...path, 'server'], tool.server ?? ''],
    [[...path, 'credentials'], tool.credentials ?? ''],
    ...Object.entries(tool.headers).map(([name, value]): [Path, string] => [
      [...path, 'headers', name],
      value,
    ]),
  ];
  return places.flatMap(([at, text]) =>
    envNames(text)
      .filter((name) => env(name) === undefined)
      .map((name) => error('env_not_set', at, `the environment variable ${name} is not set`)),
  );
}

function doubledNames(tools: readonly Tool[]): Finding[] {
  return tools.flatMap(({ name }, i) => {
    const first = tools.findIndex((tool) => tool.name === name);
    if (first === i) return [];
    const hint = 'put all permissions of a tool under one entry';
    return [
      error(
        'duplicate_tool',
        ['spec', 'tools', i, 'name'],
        `tool "${name}" is declared twice (first as #${first + 1})`,
        { hint },
      ),
    ];
  });
}

/** Two permissions that a model could not tell apart, because both make the same function name. */
function collidingFunctions(tools: readonly Tool[]): Finding[] {
  const owners = new Map<string, string>();
  const findings: Finding[] = [];
  tools.forEach((tool, i) =>
    tool.permissions.forEach((permission, j) => {
      const full = `${tool.name}.${permission}` as const;
      const owner = owners.get(functionName(full));
      owners.set(functionName(full), owner ?? full);
      const at = ['spec', 'tools', i, 'permissions', j];
      if (owner === full) findings.push(note('duplicate_permission', at, `${shown(full)} is listed twice`));
      else if (owner !== undefined) {
        const message = `${shown(full)} and ${shown(owner)} make the same function name, ${functionName(full)}`;
        findings.push(error('tool_name_collision', at, message));
      }
    }),
  );
  return findings;
}
