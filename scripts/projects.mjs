import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where projects live. `libs/adapters` itself is a folder of projects, not one. */
const PARENTS = ['apps', 'libs', 'libs/adapters'];

/**
 * @typedef {object} Project
 * @property {string} dir path from the root, with forward slashes
 * @property {string} name package name
 * @property {Record<string, any>} manifest its package.json
 */

/** @returns {Project[]} every project, sorted by folder */
export function findProjects(root) {
  return PARENTS.flatMap((parent) => projectsIn(root, parent)).sort((a, b) => (a.dir < b.dir ? -1 : 1));
}

function projectsIn(root, parent) {
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent))
    .map((entry) => `${parent}/${entry}`)
    .filter((dir) => existsSync(join(root, dir, 'package.json')))
    .map((dir) => {
      const manifest = JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));
      return { dir, name: manifest.name, manifest };
    });
}

/** The names of everything a project may import in production, or, with `dev`, also in its tests. */
export function declaredDependencies({ manifest }, { dev }) {
  const {
    dependencies = {},
    peerDependencies = {},
    optionalDependencies = {},
    devDependencies = {},
  } = manifest;
  const names = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
  return new Set(dev ? [...names, ...Object.keys(devDependencies)] : names);
}
