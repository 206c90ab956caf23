import { describe, expect, it } from '@jest/globals';

import type { AnyRoute } from './route.js';
import { routes } from './routes.js';
import { Scope } from './scopes.js';

const table: AnyRoute[] = Object.values<AnyRoute>(routes);

describe('the table of routes', () => {
  it('files every route under its own id', () => {
    expect(table.map(({ id }) => id)).toEqual(Object.keys(routes));
  });

  it('serves each method and path once, whatever its parameters are called', () => {
    const served = table.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':_')}`);

    expect(new Set(served).size).toBe(served.length);
  });

  it('needs a key for everything but health', () => {
    const open = table.filter(({ scope }) => scope === null).map(({ path }) => path);

    expect(open).toEqual(['/healthz', '/livez', '/readyz']);
  });

  it('knows every scope that it asks for', () => {
    const needed = table.flatMap(({ scope }) => (scope === null || scope === 'any' ? [] : [scope]));

    expect(needed.every((scope) => Scope.options.includes(scope))).toBe(true);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(routes)).toBe(true);
    expect(table.every((route) => Object.isFrozen(route))).toBe(true);
  });
});
