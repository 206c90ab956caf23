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
const SERVED: readonly SurfaceType[] = ['terminal', 'web'];

/** What an agent names that is sound and yet not there: it can be applied, and does nothing until it is. */
export function absences({ modelPolicy, surfaces }: Agent, { models }: System): Finding[] {
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
      if (SERVED.includes(type)) return [];
      const message = `This version has no ${type} yet: talk to the agent in the terminal or over the API`;
      return [warning('surface_not_available', ['spec', 'surfaces', i, 'type'], message)];
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
