import { builtinModules } from 'node:module';
import { posix } from 'node:path';

import { declaredDependencies } from '../projects.mjs';

const BUILT_IN = new Set(builtinModules);

/** Frameworks and drivers: only adapters and apps know them. */
const FRAMEWORK =
  /^(@nestjs\/|@ai-sdk\/|@slack\/|@octokit\/|@modelcontextprotocol\/|@electric-sql\/|(bullmq|ioredis|kysely|pg|ai|discord\.js|octokit|express|reflect-metadata|rxjs)$)/;
const LOWEST_FRAMEWORK_FLOOR = 7;

/** A client talks to the runtime over HTTP: it knows the contract and what the contract stands on. */
const HIGHEST_CLIENT_FLOOR = 1;

/**
 * What is wrong with one import.
 *
 * @param {{ specifier: string, line: number }} found
 * @param {object} context
 * @param {import('./read-source.mjs').Source} context.source
 * @param {import('./described-project.mjs').DescribedProject} context.project
 * @param {Map<string, import('./described-project.mjs').DescribedProject>} context.byName
 * @param {Set<string>} context.rootDevDependencies what every test may use
 */
export function checkImport({ specifier, line }, { source, project, byName, rootDevDependencies }) {
  const wrong = (rule, message) => ({ rule, file: source.file, line, message });
  if (/^(\.|\/|file:)/.test(specifier)) return checkRelative(specifier, { source, project, wrong });
  if (specifier.startsWith('node:') || BUILT_IN.has(specifier.split('/')[0])) return [];

  const { name, entry } = split(specifier);
  const isDeclared =
    declaredDependencies(project, { dev: source.isTest }).has(name) ||
    (source.isTest && rootDevDependencies.has(name));
  const target = byName.get(name);
  const undeclared = isDeclared
    ? []
    : [wrong('undeclared', `${name} is not a dependency of ${project.name}`)];
  if (name.startsWith('@openloop/')) {
    if (!target) return [wrong('unknown-project', `There is no project ${name}`)];
    return [...undeclared, ...checkProjectImport({ target, entry }, { source, project, wrong })];
  }
  return [...undeclared, ...checkFramework(name, { source, project, wrong })];
}

function split(specifier) {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return { name: parts.slice(0, length).join('/'), entry: ['.', ...parts.slice(length)].join('/') };
}

function checkRelative(specifier, { source, project, wrong }) {
  const target = posix.join(posix.dirname(source.file), specifier);
  if (specifier.startsWith('.') && target.startsWith(`${project.dir}/`)) return [];
  return [wrong('relative', `${specifier} leaves ${project.dir}; import the project by its name`)];
}

function checkFramework(name, { source, project, wrong }) {
  if (!FRAMEWORK.test(name) || project.floor === undefined || project.floor >= LOWEST_FRAMEWORK_FLOOR)
    return [];
  // What a simulator must satisfy is the real SDK, so its tests speak through that.
  if (project.isSimulators && source.isTest) return [];
  return [wrong('framework', `${name} is for adapters and apps, not for floor ${project.floor}`)];
}

function checkProjectImport({ target, entry }, { source, project, wrong }) {
  const found = checkEntry({ target, entry }, { source, project, wrong });
  // A neighbour's fake may serve a test: the queue on Postgres is tried on the database that postgres opens.
  const isNeighboursFake = source.isTest && entry === './testing' && target.floor === project.floor;
  return isNeighboursFake ? found : [...found, ...checkFloor(target, { project, wrong })];
}

function checkEntry({ target, entry }, { source, project, wrong }) {
  const found = [];
  if (!(entry in (target.manifest.exports ?? {}))) {
    found.push(wrong('deep-import', `${target.name} does not export ${entry}`));
  }
  if (entry === './testing' && !source.isTest) {
    found.push(wrong('testing', `${target.name}/testing is for tests`));
  }
  if (target.isSimulators && !source.isTest && !project.isApp) {
    found.push(wrong('simulators', 'Simulators are for tests and apps'));
  }
  return found;
}

/** Downwards, never sideways, never up. */
export function checkFloor(target, { project, wrong }) {
  if (project.floor === undefined || target.floor === undefined) return [];
  if (target.floor >= project.floor) {
    return [
      wrong('floor', `${project.name} is on floor ${project.floor}, ${target.name} on ${target.floor}`),
    ];
  }
  if (project.isClient && target.floor > HIGHEST_CLIENT_FLOOR) {
    return [wrong('client', `A client may not know ${target.name}, which is on floor ${target.floor}`)];
  }
  return [];
}
