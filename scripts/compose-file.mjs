// Reads docker-compose.yml the way `docker compose` does, as far as ours goes: merge keys, variables, profiles, order.
import { parse } from 'yaml';

const VARIABLE = /\$(?:(?<escaped>\$)|\{(?<braced>\w+)(?:(?<how>:?[-+?])(?<word>[^}]*))?\}|(?<bare>\w+))/g;

/**
 * The file with every variable filled in.
 *
 * @param {string} text
 * @param {Readonly<Record<string, string | undefined>>} env
 * @throws Error for a variable that is required or has no default, in the file's own words
 */
export function readCompose(text, env) {
  return filledIn(parse(text, { merge: true }), env);
}

function filledIn(value, env) {
  if (typeof value === 'string') return interpolate(value, env);
  if (Array.isArray(value)) return value.map((each) => filledIn(each, env));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each, env)]));
}

/** `$$`, `$NAME`, `${NAME}`, and with or without the colon `:-default`, `:+other`, `:?message`. */
export function interpolate(text, env) {
  return text.replaceAll(VARIABLE, (...match) => {
    const { escaped, braced, how = '', word, bare } = match.at(-1);
    return escaped ? '$' : valueOf(braced ?? bare, { how, word, env });
  });
}

function valueOf(name, { how, word, env }) {
  const value = env[name];
  const isSet = value !== undefined && !(how.startsWith(':') && value === '');
  if (how.endsWith('+')) return isSet ? word : '';
  if (isSet) return value;
  if (how.endsWith('-')) return word;
  throw new Error(how.endsWith('?') ? word : `${name} is not set and has no default`);
}

/**
 * The services that start with `profiles`, each after those it depends on.
 *
 * @returns {[name: string, service: object][]}
 */
export function startOrder({ services }, profiles) {
  const isOn = ({ profiles: own = [] }) => own.length === 0 || own.some((name) => profiles.includes(name));
  const ordered = new Map();
  const add = (name, seen) => {
    const service = services[name];
    if (service === undefined) throw new Error(`There is no service ${name}`);
    if (seen.includes(name)) throw new Error(`${[...seen, name].join(' needs ')}: a circle`);
    for (const needed of Object.keys(service.depends_on ?? {})) add(needed, [...seen, name]);
    ordered.set(name, service);
  };
  for (const [name, service] of Object.entries(services)) if (isOn(service)) add(name, []);
  return [...ordered];
}

/** `1m30s`, `500ms` in milliseconds. */
export function durationMs(text) {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join('') !== text || text === '') {
    throw new Error(`${text} is not a duration`);
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit], 0);
}

/** What the last stage of a Dockerfile says about how it runs. Lists are in the JSON form. */
export function readImage(text) {
  const lines = text
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => /^\s*(?<word>[A-Z]+)\s+(?<rest>.*\S)\s*$/.exec(line)?.groups)
    .filter((found) => found !== undefined);
  const stage = lines.slice(lines.findLastIndex(({ word }) => word === 'FROM'));
  const said = (word) => stage.findLast((line) => line.word === word)?.rest;
  const list = (word) => JSON.parse(said(word) ?? '[]');
  const pairs = stage.filter(({ word }) => word === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return {
    stage,
    lines,
    user: said('USER'),
    healthcheck: said('HEALTHCHECK'),
    command: [...list('ENTRYPOINT'), ...list('CMD')],
    env: Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
  };
}
