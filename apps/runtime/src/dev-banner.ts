import type { Serving } from './serve.js';
import { VERSION } from './version.js';

const EMBEDDED = 'embedded Postgres';
const MS = 1_000;

/** What `openloop dev` says when it is ready: what runs, where, and what to try first. */
export function devBanner(
  { system, url, agents }: Serving,
  { folder, ms }: { folder: string; ms: number },
): string {
  const { database, models } = system;
  const place =
    database.kind === 'embedded'
      ? `${EMBEDDED} ${database.version} (${folder}/postgres)`
      : `Postgres ${database.version}`;
  const real = models.providers().filter((name) => name !== 'sim');
  const model =
    real.length > 0
      ? real.join(', ')
      : 'sim/demo — simulated, costs nothing (set a provider key to use a real one)';
  return [
    `OpenLoop ${VERSION} · Node ${process.versions.node} · ready in ${(ms / MS).toFixed(1)} s`,
    `  ✓ database   ${place}`,
    `  ✓ agents     ${agents.length > 0 ? agents.join(', ') : 'none yet: openloop apply -f FILE'}`,
    `  ✓ models     ${model}`,
    '',
    `  API          ${url}/v1   ·  document ${url}/openapi.json`,
    '',
    '  Try, in another terminal in this folder:',
    '    npx openloop chat demo',
    '    “open an issue about the flaky ingest test”   → it stops and asks you',
    '  Then: npx openloop usage · npx openloop audit verify',
    `  Stop with Ctrl-C. Everything lives in ${folder}/`,
    '',
  ].join('\n');
}
