import { z } from 'zod';

import { IdText, pageOf, Page } from '../fields.js';
import { defineRoute } from '../route.js';
import { CreatedKey, CreateKey, KeyView, MeView } from '../views/key.js';

export const keyRoutes = {
  'keys.list': defineRoute({
    id: 'keys.list',
    method: 'GET',
    path: '/v1/keys',
    scope: 'admin',
    summary: 'The keys there are; never the keys themselves',
    query: z.strictObject(Page),
    response: pageOf(KeyView),
  }),
  'keys.create': defineRoute({
    id: 'keys.create',
    method: 'POST',
    path: '/v1/keys',
    scope: 'admin',
    summary: 'Make a key; it is shown once',
    body: CreateKey,
    response: CreatedKey,
    status: 201,
  }),
  'keys.revoke': defineRoute({
    id: 'keys.revoke',
    method: 'DELETE',
    path: '/v1/keys/:id',
    scope: 'admin',
    summary: 'Revoke a key, at once and for good',
    params: z.strictObject({ id: IdText }),
    response: KeyView,
  }),
  'me.get': defineRoute({
    id: 'me.get',
    method: 'GET',
    path: '/v1/me',
    scope: 'any',
    summary: 'Whose key this is and what it may be used for',
    response: MeView,
  }),
} as const;
