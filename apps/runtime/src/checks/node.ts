import { failed, warned, well } from '@openloop/surfaces';
import type { Grounds } from './grounds.js';

const OLDEST = 20;
/** What the tests run on. */
const TESTED = 24;

export function nodeChecks(_: Grounds, __?: AbortSignal, version = process.versions.node) {
  const major = Number.parseInt(version, 10);
  const words = `${version} on ${process.platform} ${process.arch}`;
  const fix = `Use Node ${TESTED}; \`npm start\` brings it by itself on Linux and Windows`;
  if (major < OLDEST) return Promise.resolve([failed('node', `${words} is too old`, fix)]);
  if (major < TESTED) return Promise.resolve([warned('node', `${words} is older than what is tested`, fix)]);
  return Promise.resolve([well('node', words)]);
}
