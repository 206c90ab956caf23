// Everything that is checked without running the tests: node scripts/check.mjs [NAME…], all of them by default.
import { spawnSync } from 'node:child_process';

const MODULES = 'node_modules';
const CHECKS = {
  typecheck: [`${MODULES}/typescript/bin/tsc`, '-p', 'tsconfig.spec.json'],
  oxlint: [`${MODULES}/oxlint/bin/oxlint`, '--deny-warnings'],
  floors: ['scripts/floors.mjs'],
  format: [`${MODULES}/prettier/bin/prettier.cjs`, '--check', '--log-level=warn', '.'],
  drift: ['scripts/workspace.mjs', '--check'],
  deadcode: [`${MODULES}/knip/bin/knip.js`, '--no-progress'],
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS);
const unknown = names.filter((name) => !(name in CHECKS));
if (unknown.length > 0) throw new Error(`No check named ${unknown.join(', ')}`);

const failed = names.filter((name) => {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, CHECKS[name], { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
