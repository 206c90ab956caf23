// Writes every tsconfig.json from the package.json files, so that `tsc -b` builds what the dependencies say.
// `--check` writes nothing and fails when a file differs.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { declaredDependencies, findProjects } from './projects.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @returns {Map<string, string>} file path from the root → its text */
export function generateTsconfigs(root) {
  const projects = findProjects(root);
  const byName = new Map(projects.map((project) => [project.name, project]));
  const files = new Map(
    projects.map((project) => [`${project.dir}/tsconfig.json`, projectConfig(project, byName)]),
  );
  const folders = projects.map(({ dir }) => dir);
  if (hasTypeScript(join(root, 'bench'))) {
    files.set('bench/tsconfig.json', benchConfig(folders));
    folders.push('bench');
  }
  files.set('tsconfig.json', json({ files: [], references: folders.map((dir) => ({ path: `./${dir}` })) }));
  return files;
}

function projectConfig(project, byName) {
  const references = [...declaredDependencies(project, { dev: true })]
    .map((name) => byName.get(name))
    .filter((dependency) => dependency !== undefined)
    .map((dependency) => posix.relative(project.dir, dependency.dir))
    .sort();
  const include = ['src/**/*.ts', 'src/**/*.tsx'];
  return json({
    extends: `${posix.relative(project.dir, '.')}/tsconfig.base.json`,
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
    include,
    exclude: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    ...(references.length > 0 && { references: references.map((path) => ({ path })) }),
  });
}

function benchConfig(folders) {
  return json({
    extends: '../tsconfig.base.json',
    compilerOptions: { rootDir: '.', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
    include: ['**/*.ts'],
    exclude: ['dist', '**/*.test.ts'],
    references: folders.map((dir) => ({ path: `../${dir}` })),
  });
}

function hasTypeScript(folder) {
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.ts'));
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function main(check) {
  const drifted = [...generateTsconfigs(ROOT)].filter(([path, text]) => {
    const file = join(ROOT, path);
    return !existsSync(file) || normalized(readFileSync(file, 'utf8')) !== normalized(text);
  });
  if (check && drifted.length > 0) {
    for (const [path] of drifted) console.error(`${path} is not what package.json says`);
    console.error('Run: npm run workspace');
    process.exitCode = 1;
    return;
  }
  for (const [path, text] of drifted) writeFileSync(join(ROOT, path), text);
  console.log(
    drifted.length === 0 ? 'Every tsconfig.json is up to date' : `Wrote ${drifted.length} tsconfig.json`,
  );
}

/** What a file says, whatever its line breaks; a formatter may lay short arrays out on one line. */
function normalized(text) {
  return JSON.stringify(JSON.parse(text));
}

if (process.argv[1] && relative(process.argv[1], fileURLToPath(import.meta.url)) === '') {
  main(process.argv.includes('--check'));
}
