import { z } from 'zod';

import { AgentName, IdText, listOf, pageOf, Page } from '../fields.js';
import { defineRoute } from '../route.js';
import { EventView } from '../views/audit.js';
import { MessageView, RunStatus, RunView, StartRun, StepView } from '../views/run.js';

const ById = z.strictObject({ id: IdText });

export const runRoutes = {
  'runs.start': defineRoute({
    id: 'runs.start',
    method: 'POST',
    path: '/v1/runs',
    scope: 'runs:write',
    summary: 'Start a run; it is queued when this answers',
    body: StartRun,
    response: RunView,
    status: 202,
  }),
  'runs.list': defineRoute({
    id: 'runs.list',
    method: 'GET',
    path: '/v1/runs',
    scope: 'runs:read',
    summary: 'Runs, newest first',
    query: z.strictObject({ agent: AgentName.optional(), status: listOf(RunStatus).optional(), ...Page }),
    response: pageOf(RunView),
  }),
  'runs.get': defineRoute({
    id: 'runs.get',
    method: 'GET',
    path: '/v1/runs/:id',
    scope: 'runs:read',
    summary: 'One run',
    params: ById,
    response: RunView,
  }),
  'runs.steps': defineRoute({
    id: 'runs.steps',
    method: 'GET',
    path: '/v1/runs/:id/steps',
    scope: 'runs:read',
    summary: 'The steps of a run and the calls they made',
    params: ById,
    response: z.object({ run: RunView, steps: z.array(StepView) }),
  }),
  'runs.messages': defineRoute({
    id: 'runs.messages',
    method: 'GET',
    path: '/v1/runs/:id/messages',
    scope: 'runs:read',
    summary: "The transcript of a run's thread, oldest first",
    params: ById,
    response: z.object({ data: z.array(MessageView) }),
  }),
  'runs.cancel': defineRoute({
    id: 'runs.cancel',
    method: 'POST',
    path: '/v1/runs/:id/cancel',
    scope: 'runs:write',
    summary: 'Stop a run; what it holds is cancelled. A finished run stays as it is',
    params: ById,
    response: RunView,
  }),
  'runs.events': defineRoute({
    id: 'runs.events',
    method: 'GET',
    path: '/v1/runs/:id/events',
    scope: 'runs:read',
    summary: 'What happens to a run, live; ends when the run has, then answers 204',
    params: ById,
    response: EventView,
    stream: 'sse',
  }),
  'events.stream': defineRoute({
    id: 'events.stream',
    method: 'GET',
    path: '/v1/events',
    scope: 'audit:read',
    summary: 'What happens, live; `types` takes names and prefixes such as `approval.*`',
    query: z.strictObject({
      types: listOf(z.string().regex(/^[a-z_]+\.([a-z_]+|\*)$/, 'must look like approval.*')).optional(),
    }),
    response: EventView,
    stream: 'sse',
  }),
} as const;
