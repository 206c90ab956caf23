import type { ParseOptions } from '../options.js';
import { error, shown, type Finding, type Path } from '../problem.js';
import type { WrittenAgent } from '../schema.js';
import { closest } from '../suggest.js';

type Spec = WrittenAgent['spec'];

/** Which models are used, when, and whether what they cost can be held against the budget. */
export function checkSpending({ spec }: WrittenAgent, options: ParseOptions): Finding[] {
  const models: [string, Path][] = [
    [spec.model_policy.default, ['spec', 'model_policy', 'default']],
    ...spec.model_policy.routes.map(({ model }, i): [string, Path] => [
      model,
      ['spec', 'model_policy', 'routes', i, 'model'],
    ]),
  ];
  return [
    ...models.flatMap(([model, path]) => modelFindings(model, path, { spec, options })),
    ...routeFindings(spec.model_policy.routes),
    ...budgetFindings(spec.budget),
  ];
}

function modelFindings(
  model: string,
  path: Path,
  { spec, options }: { spec: Spec; options: ParseOptions },
): Finding[] {
  const provider = model.slice(0, model.indexOf('/'));
  const known = options.knownModelProviders;
  if (known !== undefined && !known.includes(provider)) {
    const hint = `set ${variableOf(provider)}; configured: ${known.join(', ') || 'none'}`;
    const near = closest(provider, known);
    const suggestion = near === undefined ? undefined : near + model.slice(provider.length);
    return [
      error('model_unresolvable', path, `${shown(model)}: no model provider "${provider}" is configured`, {
        hint,
        suggestion,
      }),
    ];
  }
  const isCapped = (spec.budget.monthly_usd ?? spec.budget.per_task_usd ?? null) !== null;
  if (!isCapped || options.pricedModel === undefined || options.pricedModel(model)) return [];
  const message = `${shown(model)} has no known price, so the budget cannot hold`;
  return [error('model_price_unknown', path, message, priceRemedy(model, options.pricedModel))];
}

/** A misspelt provider is taken for the one it resembles only where the model has a price there. */
function priceRemedy(
  model: string,
  isPriced: (name: string) => boolean,
): { hint: string; suggestion: string | undefined } {
  const provider = model.slice(0, model.indexOf('/'));
  const near = closest(provider, Object.keys(PROVIDER_VARIABLES));
  const meant = near === undefined ? undefined : near + model.slice(provider.length);
  const named = Object.keys(PROVIDER_VARIABLES).join(' or ');
  return {
    hint: `name a model of ${named} that has a price, or remove budget.monthly_usd and budget.per_task_usd`,
    suggestion: meant !== undefined && meant !== model && isPriced(meant) ? meant : undefined,
  };
}

const PROVIDER_VARIABLES: Readonly<Record<string, string>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
};

/** The variable that connects a provider. All but two speak OpenAI's protocol and are known by their address. */
function variableOf(provider: string): string {
  if (Object.hasOwn(PROVIDER_VARIABLES, provider)) return PROVIDER_VARIABLES[provider] ?? '';
  return `OPENAI_COMPATIBLE_${provider.toUpperCase().replaceAll('-', '_')}_BASE_URL`;
}

function routeFindings(routes: Spec['model_policy']['routes']): Finding[] {
  return routes.flatMap(({ match }, i) => {
    const path = ['spec', 'model_policy', 'routes', i, 'match'];
    if (match.task === undefined) {
      return [
        error('route_never_matches', path, 'this route never matches: it names no task', {
          hint: 'like match: { task: summarize }',
        }),
      ];
    }
    const first = routes.findIndex((route) => route.match.task === match.task);
    if (first === i) return [];
    return [
      error(
        'route_shadowed',
        path,
        `this route is never taken: shadowed by #${first + 1}, which matches the same`,
      ),
    ];
  });
}

function budgetFindings({ monthly_usd: monthly, per_task_usd: perTask }: Spec['budget']): Finding[] {
  if (typeof monthly !== 'number' || typeof perTask !== 'number' || perTask <= monthly) return [];
  const message = `one task may spend ${perTask} USD, more than the ${monthly} USD of the whole month`;
  return [error('per_task_exceeds_monthly', ['spec', 'budget', 'per_task_usd'], message)];
}
