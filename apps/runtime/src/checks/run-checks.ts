import type { CheckArea, CheckView, ChecksReport } from '@openloop/api-contract';
import { failed, type Check } from '@openloop/surfaces';

import { clockChecks } from './clock.js';
import { configChecks } from './config-checks.js';
import { databaseChecks } from './database.js';
import { diskChecks } from './disk.js';
import { githubChecks } from './github.js';
import type { Grounds, Look } from './grounds.js';
import { mcpChecks } from './mcp.js';
import { modelChecks } from './models.js';
import { nodeChecks } from './node.js';
import { queueChecks } from './queue.js';
import { slackAreaChecks } from './slack.js';
import { failedBy } from './words.js';

const LOOKS: Readonly<Record<CheckArea, Look>> = {
  node: nodeChecks,
  config: configChecks,
  database: databaseChecks,
  queue: queueChecks,
  models: modelChecks,
  slack: slackAreaChecks,
  github: githubChecks,
  mcp: mcpChecks,
  clock: clockChecks,
  disk: diskChecks,
};

const WITHIN_MS = 5_000;

/** All areas at once; one that hangs or throws is a red line of its own and keeps no other from being looked at. */
export async function runChecks(
  grounds: Grounds,
  areas: readonly CheckArea[],
  withinMs = WITHIN_MS,
): Promise<ChecksReport> {
  const found = await Promise.all(
    areas.map(async (area) => {
      const checks = await bounded(area, (signal) => LOOKS[area](grounds, signal), withinMs);
      return checks.map((check) => checkView(area, check));
    }),
  );
  return reportOf(found.flat());
}

export function reportOf<T extends { status: Check['status'] }>(
  data: T[],
): { data: T[]; errors: number; warnings: number } {
  const count = (status: Check['status']) => data.filter((check) => check.status === status).length;
  return { data, errors: count('error'), warnings: count('warning') };
}

export function checkView(area: CheckArea, check: Check): CheckView {
  return { area, ...stepView(check) };
}

export function stepView({ name, status, words, fix }: Check): Omit<CheckView, 'area'> {
  return { name, status, words, fix: fix ?? null };
}

async function bounded(
  area: CheckArea,
  look: (signal: AbortSignal) => Promise<Check[]>,
  withinMs: number,
): Promise<Check[]> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check[]>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      const words = `no answer within ${withinMs / 1000} s`;
      resolve([failed(area, words, 'Look whether it, or the way to it, is overloaded or cut off')]);
    }, withinMs);
  });
  try {
    return await Promise.race([
      late,
      look(controller.signal).catch((error: unknown) => [failedBy(area, error)]),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
