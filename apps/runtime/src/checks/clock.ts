import { failed, warned, well, type Check } from '@openloop/surfaces';

import type { DatabaseGround, Grounds } from './grounds.js';
import { reasonOf } from './words.js';

const NOTICED_MS = 5_000;
const TOO_MUCH_MS = 120_000;
/** A `Date` header has no fraction: on average it is half a second behind. */
const HALF_SECOND_MS = 500;

const FIX = 'Set the clocks by NTP: approvals expire, budgets reset and signatures age by the clock';

/** Our clock against the database's, which decides when an approval expires, and against the world's. */
export async function clockChecks({ config, database }: Grounds, signal: AbortSignal): Promise<Check[]> {
  const places = [
    ...(config.slack ? [{ name: 'Slack', url: config.slack.apiUrl ?? 'https://slack.com/api/' }] : []),
    ...(config.github ? [{ name: 'GitHub', url: config.github.apiUrl ?? 'https://api.github.com/' }] : []),
    ...(config.openai ? [{ name: 'OpenAI', url: config.openai.baseUrl ?? 'https://api.openai.com/' }] : []),
    ...(config.anthropic
      ? [{ name: 'Anthropic', url: config.anthropic.baseUrl ?? 'https://api.anthropic.com/' }]
      : []),
  ];
  const [own, ...others] = await Promise.all([
    databaseClock(database),
    ...places.map((place) => remoteClock(place, signal)),
  ]);
  return [...(own ?? []), ...others.flat()];
}

async function databaseClock(database: DatabaseGround): Promise<Check[]> {
  if (database.state !== 'open' || database.kind === 'embedded') {
    return [well('database clock', 'the embedded database has this machine’s clock')];
  }
  const startedAt = Date.now();
  const { rows } = await database.pool.query<{ ms: string }>(
    `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS ms`,
  );
  const skew = (startedAt + Date.now()) / 2 - Number(rows[0]?.ms);
  return [skewCheck('database clock', skew, 'the database')];
}

/** Nobody needs to be signed in to be told the time. */
async function remoteClock(
  { name, url }: { name: string; url: string },
  signal: AbortSignal,
): Promise<Check[]> {
  try {
    const startedAt = Date.now();
    const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
    await response.body?.cancel();
    const theirs = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return [];
    const ours = (startedAt + Date.now()) / 2;
    return [skewCheck(`${name} clock`, ours - theirs - HALF_SECOND_MS, name)];
  } catch (error) {
    const words = `${name} did not say the time (${reasonOf(error)})`;
    return [warned(`${name} clock`, words, `Check that this machine may open connections to ${name}`)];
  }
}

export function skewCheck(name: string, skewMs: number, whose: string): Check {
  const off = Math.abs(skewMs);
  const words = `${(off / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} ${whose}`;
  if (off > TOO_MUCH_MS) return failed(name, words, FIX);
  if (off > NOTICED_MS) return warned(name, words, FIX);
  return well(name, words);
}
