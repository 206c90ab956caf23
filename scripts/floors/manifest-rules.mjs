import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { declaredDependencies } from '../projects.mjs';
import { checkFloor } from './import-rules.mjs';

const CONDITIONS = ['@openloop/source', 'types', 'default'];

/** Each project has one floor, dependencies below it and, when a library, named entry points and a README. */
export function checkManifest(project, { root, byName }) {
  const wrong = (rule, message) => ({ rule, file: `${project.dir}/package.json`, line: 1, message });
  const shipped = declaredDependencies(project, { dev: false });
  const dependencies = [...declaredDependencies(project, { dev: true })];
  return [
    ...(project.floor === undefined ? [wrong('tag', 'Needs exactly one tag floor:0 to floor:8')] : []),
    ...dependencies
      .map((name) => byName.get(name))
      .filter((target) => target !== undefined)
      .filter((target) => shipped.has(target.name) || target.floor !== project.floor)
      .flatMap((target) => checkFloor(target, { project, wrong })),
    ...(project.isApp ? [] : checkLibrary(project, { root, wrong })),
  ];
}

function checkLibrary({ dir, manifest }, { root, wrong }) {
  return [...checkExports(manifest.exports, { root, dir, wrong }), ...checkReadme(join(root, dir), wrong)];
}

function checkExports(entries, { root, dir, wrong }) {
  if (!entries?.['.']) return [wrong('exports', 'Needs an explicit "exports" with "."')];
  return Object.entries(entries).flatMap(([entry, target]) => {
    if (entry === './package.json') return [];
    if (entry.includes('*')) return [wrong('exports', `${entry} exports more than it names`)];
    if (typeof target !== 'object' || CONDITIONS.some((condition) => !target[condition])) {
      return [wrong('exports', `${entry} needs the conditions ${CONDITIONS.join(', ')}`)];
    }
    const source = join(root, dir, target['@openloop/source']);
    return existsSync(source) ? [] : [wrong('exports', `${entry} names a file that is not there`)];
  });
}

function checkReadme(folder, wrong) {
  const file = join(folder, 'README.md');
  if (!existsSync(file)) return [wrong('readme', 'Needs a README.md of one paragraph')];
  const paragraphs = readFileSync(file, 'utf8')
    .split(/\n\s*\n/)
    .filter((block) => block.trim() !== '' && !block.trim().startsWith('#'));
  return paragraphs.length === 1
    ? []
    : [wrong('readme', `README.md has ${paragraphs.length} paragraphs, not one`)];
}
