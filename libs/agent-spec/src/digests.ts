import { digestOf } from '@openloop/kernel';
import { stringify } from 'yaml';

import type { Agent } from './agent.js';
import { documentOf } from './effective-agent.js';

/** Names a revision: the SHA-256 of what the document means. Comments, order of keys and defaults left out do not count. */
export function agentDigest(agent: Agent): string {
  return digestOf('openloop/agent/v1', documentOf(agent));
}

/** The same over tools, approvals, surfaces and budget only: what a held write depends on. */
export function authorityDigest(agent: Agent): string {
  const { tools, approvals, surfaces, budget } = documentOf(agent).spec;
  return digestOf('openloop/authority/v1', { tools, approvals, surfaces, budget });
}

/** The whole document with every default written out; applying it changes nothing. */
export function effectiveYaml(agent: Agent): string {
  return stringify(documentOf(agent), {
    version: '1.2',
    schema: 'core',
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
