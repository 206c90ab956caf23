// Checks the dependency rule of the architecture over every import of every project, and the few code rules that
// oxlint cannot say. Run as a script it checks this repository and refuses to pass when it saw too little of it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readSource, sourceFiles } from './floors/read-source.mjs';
import { checkCode } from './floors/code-rules.mjs';
import { checkImport } from './floors/import-rules.mjs';
import { checkManifest } from './floors/manifest-rules.mjs';
import { describeProjects } from './floors/described-project.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Fewer files than this in the whole repository means that the checker looked in the wrong place. */
const FEWEST_FILES = 150;

/**
 * @typedef {{ rule: string, file: string, line: number, message: string }} Violation
 */

/**
 * Checks every project under `root`.
 *
 * @param {string} root
 * @param {{ fewestFiles?: number }} [options]
 * @returns {{ violations: Violation[], seen: { projects: number, files: number, imports: number } }}
 */
export function checkFloors(root, { fewestFiles = 1 } = {}) {
  const projects = describeProjects(root);
  const byName = new Map(projects.map((project) => [project.name, project]));
  const rootDevDependencies = readRootDevDependencies(root);
  const violations = projects.flatMap((project) => checkManifest(project, { root, byName }));
  const seen = { projects: projects.length, files: 0, imports: 0 };

  for (const project of projects) {
    const files = sourceFiles(root, project.dir);
    seen.files += files.length;
    if (files.length === 0) violations.push(at(project.dir, 'sight', `${project.name} has no source file`));
    for (const file of files) {
      const source = readSource(root, file);
      seen.imports += source.imports.length;
      violations.push(
        ...source.problems.map((problem) => ({ rule: 'parse', file, ...problem })),
        ...checkCode(source, project),
        ...source.imports.flatMap((found) =>
          checkImport(found, { source, project, byName, rootDevDependencies }),
        ),
      );
    }
  }
  return { violations: [...violations, ...tooLittleSeen(seen, fewestFiles)], seen };
}

function tooLittleSeen(seen, fewestFiles) {
  const least = { projects: 1, files: fewestFiles, imports: Math.max(1, seen.files / 2) };
  return Object.keys(least)
    .filter((what) => seen[what] < least[what])
    .map((what) => at('.', 'sight', `Only ${seen[what]} ${what} seen, expected at least ${least[what]}`));
}

function at(file, rule, message) {
  return { rule, file, line: 1, message };
}

function readRootDevDependencies(root) {
  const file = join(root, 'package.json');
  if (!existsSync(file)) return new Set();
  return new Set(Object.keys(JSON.parse(readFileSync(file, 'utf8')).devDependencies ?? {}));
}

function main() {
  const { violations, seen } = checkFloors(ROOT, { fewestFiles: FEWEST_FILES });
  for (const { file, line, rule, message } of violations)
    console.error(`${file}:${line}  ${rule}: ${message}`);
  const scope = `${seen.imports} imports in ${seen.files} files of ${seen.projects} projects`;
  if (violations.length > 0) {
    console.error(`Floors: ${violations.length} violations (${scope})`);
    process.exitCode = 1;
  } else {
    console.log(`Floors hold: ${scope}`);
  }
}

if (process.argv[1] && relative(process.argv[1], fileURLToPath(import.meta.url)) === '') main();
