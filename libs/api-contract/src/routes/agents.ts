import { z } from 'zod';

import { AgentName, pageOf, Page, wholeNumber } from '../fields.js';
import { defineRoute } from '../route.js';
import {
  AgentDiff,
  AgentFiles,
  AgentProblems,
  AgentSummary,
  AgentView,
  ApplyAgents,
  ApplyPlan,
  RevisionSummary,
  RevisionView,
} from '../views/agent.js';

const ByName = z.strictObject({ name: AgentName });
const HIGHEST_REVISION = 2_147_483_647;

export const agentRoutes = {
  'agents.list': defineRoute({
    id: 'agents.list',
    method: 'GET',
    path: '/v1/agents',
    scope: 'agents:read',
    summary: 'The agents there are',
    query: z.strictObject(Page),
    response: pageOf(AgentSummary),
  }),
  'agents.get': defineRoute({
    id: 'agents.get',
    method: 'GET',
    path: '/v1/agents/:name',
    scope: 'agents:read',
    summary: 'One agent as it stands now',
    params: ByName,
    response: AgentView,
  }),
  'agents.revisions': defineRoute({
    id: 'agents.revisions',
    method: 'GET',
    path: '/v1/agents/:name/revisions',
    scope: 'agents:read',
    summary: 'What was applied, newest first',
    params: ByName,
    query: z.strictObject(Page),
    response: pageOf(RevisionSummary),
  }),
  'agents.revision': defineRoute({
    id: 'agents.revision',
    method: 'GET',
    path: '/v1/agents/:name/revisions/:revision',
    scope: 'agents:read',
    summary: 'One revision, with its YAML, every default filled in',
    params: z.strictObject({ name: AgentName, revision: wholeNumber(1, HIGHEST_REVISION) }),
    response: RevisionView,
  }),
  'agents.export': defineRoute({
    id: 'agents.export',
    method: 'GET',
    path: '/v1/agents/:name/export',
    scope: 'agents:read',
    summary: 'YAML that applies again as unchanged',
    params: ByName,
    response: z.string(),
    stream: 'text',
    mediaType: 'text/yaml',
  }),
  'agents.apply': defineRoute({
    id: 'agents.apply',
    method: 'POST',
    path: '/v1/agents/apply',
    scope: 'agents:write',
    summary: 'Apply files, all or none; also only plan it',
    body: ApplyAgents,
    response: ApplyPlan,
  }),
  'agents.validate': defineRoute({
    id: 'agents.validate',
    method: 'POST',
    path: '/v1/agents/validate',
    scope: 'agents:read',
    summary: 'What is wrong in files, with line and column',
    body: AgentFiles,
    response: AgentProblems,
  }),
  'agents.diff': defineRoute({
    id: 'agents.diff',
    method: 'POST',
    path: '/v1/agents/diff',
    scope: 'agents:read',
    summary: 'What applying files would change, as whole documents',
    body: AgentFiles,
    response: AgentDiff,
  }),
  'agents.schema': defineRoute({
    id: 'agents.schema',
    method: 'GET',
    path: '/v1/schemas/agent.v1alpha1.json',
    scope: 'any',
    summary: 'JSON Schema of an agent file, for editors',
    response: z.record(z.string(), z.unknown()),
  }),
} as const;
