import {
  parseAgents,
  problemAt,
  type Agent,
  type Finding,
  type Path,
  type Problem,
  type SurfaceType,
} from '@openloop/agent-spec';

import type { System } from '../compose.js';

/** Where an agent can be talked to in this version; the other surfaces may be written down already. */
const SERVED: readonly SurfaceType[] = ['terminal', 'web', 'slack'];
/** What connects those that need connecting. */
const CONNECTED_BY: Partial<Record<SurfaceType, string>> = {
  slack: 'run `openloop slack setup`, or set SLACK_BOT_TOKEN and SLACK_APP_TOKEN',
};

/** What an agent names that is sound and yet not there: it can be applied, and does nothing until it is. */
export function absences(
  { modelPolicy, surfaces }: Agent,
  { models, surfaces: connections }: System,
): Finding[] {
  const connected = models.providers();
  const named: [string, Path][] = [
    [modelPolicy.default, ['spec', 'model_policy', 'default']],
    ...modelPolicy.routes.map(({ model }, i): [string, Path] => [
      model,
      ['spec', 'model_policy', 'routes', i, 'model'],
    ]),
  ];
  // Each model once, where it is named first.
  const missing = named.filter(
    ([model], i) =>
      !connected.includes(model.slice(0, model.indexOf('/'))) && named.findIndex(([m]) => m === model) === i,
  );
  return [
    ...missing.map(([model, path]) => {
      const message = `The provider of ${model} is not connected: set its key and restart`;
      return warning('model_not_connected', path, message);
    }),
    ...surfaces.flatMap(({ type }, i) => {
      const path = ['spec', 'surfaces', i, 'type'];
      const how = CONNECTED_BY[type];
      if (how && !connections.has(type)) {
        return [warning('surface_not_connected', path, `${type} is not connected: ${how} and restart`)];
      }
      if (SERVED.includes(type)) return [];
      const message = `This version has no ${type} yet: talk to the agent in the terminal or over the API`;
      return [warning('surface_not_available', path, message)];
    }),
  ];
}

/** The absences of every sound agent in these files, at their places. Approvers are the concern of `apply`. */
export function absentProblems(files: readonly { file: string; text: string }[], system: System): Problem[] {
  return files
    .flatMap(({ file, text }) => parseAgents(text, file, system.parseOptions).documents)
    .flatMap((document) => absences(document.agent, system).map((each) => problemAt(document, each)));
}

function warning(code: string, path: Path, message: string): Finding {
  return { severity: 'warning', code, path, message };
}
