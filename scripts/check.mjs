// Everything that is checked without running the tests: node scripts/check.mjs [NAME…], all of them by default.
import { spawnSync } from 'node:child_process';

import { npm } from './bootstrap/install.mjs';

const script = (path, ...args) => [process.execPath, path, ...args];
const tool = (path, ...args) => script(`node_modules/${path}`, ...args);

const CHECKS = {
  typecheck: tool('typescript/bin/tsc', '-p', 'tsconfig.spec.json'),
  oxlint: tool('oxlint/bin/oxlint', '--deny-warnings', '--type-aware'),
  floors: script('scripts/floors.mjs'),
  format: tool('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
  workspace: script('scripts/workspace.mjs', '--check'),
  // The lockfile says what every package.json asks for, on every platform.
  lockfile: [...npm(), 'ci', '--dry-run', '--offline', '--ignore-scripts', '--loglevel=error'],
  deadcode: tool('knip/bin/knip.js', '--no-progress', '--no-config-hints'),
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS);
const unknown = names.filter((name) => !(name in CHECKS));
if (unknown.length > 0) throw new Error(`No check named ${unknown.join(', ')}`);

const failed = names.filter((name) => {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const [command, ...args] = CHECKS[name];
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
