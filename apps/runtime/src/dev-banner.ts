import type { Serving } from './serve.js';
import { VERSION } from './version.js';
import { approversOf, warningsOf } from './views/agent-view.js';

const EMBEDDED = 'embedded Postgres';
const SIMULATED = 'sim/demo — simulated, costs nothing';
const MS = 1_000;

/** What `openloop dev` says when it is ready: what runs, where, and what to try first. */
export async function devBanner(
  serving: Serving,
  { folder, ms }: { folder: string; ms: number },
): Promise<string> {
  const { system, url } = serving;
  const { database, models } = system;
  const place =
    database.kind === 'embedded'
      ? `${EMBEDDED} ${database.version} (${folder}/postgres)`
      : `Postgres ${database.version}`;
  const real = models.providers().filter((name) => name !== 'sim');
  const model =
    [...real, SIMULATED].join(', ') + (real.length > 0 ? '' : ' (set a provider key to use a real one)');
  const agents = await knownAgents(serving);
  return [
    `OpenLoop ${VERSION} · Node ${process.versions.node} · ready in ${(ms / MS).toFixed(1)} s`,
    `  ✓ database   ${place}`,
    `  ✓ agents     ${agents.map(({ name }) => name).join(', ') || 'none yet: openloop apply -f FILE'}`,
    `  ✓ models     ${model}`,
    ...agents.flatMap(warningLine),
    '',
    `  API          ${url}/v1   ·  document ${url}/openapi.json (needs a key)`,
    '',
    '  Try, in another terminal in this folder:',
    '    npx openloop chat demo',
    '    “open an issue about the flaky ingest test”   → it stops and asks you',
    '  Then: npx openloop usage · npx openloop audit verify',
    `  Stop with Ctrl-C. Everything lives in ${folder}/`,
    '',
  ].join('\n');
}

interface KnownAgent {
  name: string;
  warnings: number;
}

/** Every agent there is, not only those of this start's files. */
async function knownAgents({ system, workspace }: Serving): Promise<KnownAgent[]> {
  const reads = system.reads(workspace);
  const registered = await reads.agents.list();
  return Promise.all(
    registered.map(async ({ current: { agent } }) => ({
      name: agent.name,
      warnings: warningsOf(agent, await approversOf(agent, reads), system).length,
    })),
  );
}

function warningLine({ name, warnings }: KnownAgent): string[] {
  if (warnings === 0) return [];
  const count = warnings === 1 ? '1 warning' : `${warnings} warnings`;
  return [`  ! ${name}: ${count} — npx openloop agents describe ${name}`];
}
