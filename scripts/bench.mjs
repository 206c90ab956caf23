// Runs the benchmarks one after another: node scripts/bench.mjs [--short] [NAME…]; each gets the options as given.
// They measure on a private Postgres, which is started for them unless the test services are up already.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const BUILT = 'bench/dist';
const SUFFIX = '.bench.js';
const SERVICES = process.env.OPENLOOP_TEST_DATABASE_URL
  ? []
  : ['scripts/services.mjs', 'run', '--', process.execPath];

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
const wanted = args.filter((arg) => !arg.startsWith('-'));
const present = existsSync(BUILT) ? readdirSync(BUILT).filter((file) => file.endsWith(SUFFIX)) : [];
const chosen = present
  .filter((file) => wanted.length === 0 || wanted.includes(file.slice(0, -SUFFIX.length)))
  .sort();

if (chosen.length === 0) {
  console.error(
    `No benchmark found; there are: ${present.map((file) => file.slice(0, -SUFFIX.length)).join(', ')}`,
  );
  process.exitCode = 1;
}
for (const file of chosen) {
  console.log(`\n== ${file.slice(0, -SUFFIX.length)}`);
  const program = ['--enable-source-maps', `${BUILT}/${file}`, ...options];
  const { status } = spawnSync(process.execPath, [...SERVICES, ...program], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
