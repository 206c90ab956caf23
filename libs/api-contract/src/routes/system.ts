import { z } from 'zod';

import { defineRoute } from '../route.js';
import { CompatHealth, Liveness, Readiness, VersionView } from '../views/system.js';

export const systemRoutes = {
  'system.version': defineRoute({
    id: 'system.version',
    method: 'GET',
    path: '/v1/version',
    scope: 'any',
    summary: 'Which version this is',
    response: VersionView,
  }),
  'system.openapi': defineRoute({
    id: 'system.openapi',
    method: 'GET',
    path: '/openapi.json',
    scope: 'any',
    summary: 'This document',
    response: z.record(z.string(), z.unknown()),
  }),
  'system.health': defineRoute({
    id: 'system.health',
    method: 'GET',
    path: '/healthz',
    scope: null,
    summary: 'What is loaded, as earlier clients ask for it',
    response: CompatHealth,
  }),
  'system.live': defineRoute({
    id: 'system.live',
    method: 'GET',
    path: '/livez',
    scope: null,
    summary: 'Whether the server answers at all',
    response: Liveness,
  }),
  'system.ready': defineRoute({
    id: 'system.ready',
    method: 'GET',
    path: '/readyz',
    scope: null,
    summary: 'Whether it can do its work; 503 when not',
    response: Readiness,
  }),
} as const;
