// Prints the table of routes in docs/http-api.md from the contract, or with --write puts it there:
//   node scripts/bootstrap.mjs --build scripts/docs-routes.mjs --write
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { tableOf, writeBlock } from './docs/blocks.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILT = '../libs/api-contract/dist/index.js';
export const ROUTES_PAGE = join(ROOT, 'docs', 'http-api.md');

/**
 * @param {Readonly<Record<string, import('../libs/api-contract/src/index.js').AnyRoute>>} routes the contract's table
 */
export function routesTable(routes) {
  const rows = Object.values(routes).map(({ method, path, scope, status, stream, mediaType, summary }) => [
    `\`${method} ${path}\``,
    scope === null ? 'none' : scope === 'any' ? 'any key' : `\`${scope}\``,
    `${status}${stream === null ? '' : ` \`${mediaType}\``}`,
    summary,
  ]);
  return tableOf(['route', 'key needs', 'answers', 'what it does'], rows);
}

async function main() {
  const { routes } = await import(BUILT);
  const table = routesTable(routes);
  if (process.argv.includes('--write')) writeBlock(ROUTES_PAGE, 'routes', table);
  else console.log(table);
}

if (process.argv[1] && relative(process.argv[1], fileURLToPath(import.meta.url)) === '') await main();
