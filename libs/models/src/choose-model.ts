import type { ModelName } from './model.js';

export interface ModelRoute {
  match: Readonly<Record<string, string>>;
  model: ModelName;
}

export interface ModelPolicy {
  default: ModelName;
  routes: readonly ModelRoute[];
}

/**
 * The model for a run with these labels: the first route that matches in every key, else the default.
 * A route without keys matches nothing, so that a forgotten `match` cannot shadow the routes after it.
 */
export function chooseModel(
  policy: ModelPolicy,
  labels: Readonly<Record<string, string>>,
): { model: ModelName; because: string } {
  const index = policy.routes.findIndex((route) => matches(route, labels));
  const route = policy.routes[index];
  if (route === undefined) return { model: policy.default, because: 'The default model: no route matched' };
  return { model: route.model, because: `Route ${index + 1} matched ${showLabels(route.match)}` };
}

function matches({ match }: ModelRoute, labels: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(match);
  return keys.length > 0 && keys.every((key) => Object.hasOwn(labels, key) && labels[key] === match[key]);
}

function showLabels(match: Readonly<Record<string, string>>): string {
  return Object.entries(match)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
