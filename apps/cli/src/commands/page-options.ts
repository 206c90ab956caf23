import { InvalidArgumentError, type Command } from 'commander';

import { given } from '../given.js';
import { plainLine } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';

export interface PageOptions {
  limit?: number;
  cursor?: string;
}

export function pageOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'how many, 1 to 200 (default: 50)', wholeNumber(1, 200))
    .option('--cursor <text>', 'go on where a list ended');
}

export function pageQuery({ limit, cursor }: PageOptions): { limit?: number; cursor?: string } {
  return given({ limit, cursor });
}

/** That there is more, and how to get it. */
export function tellMore(terminal: Terminal, { next_cursor }: { next_cursor: string | null }): void {
  if (next_cursor !== null) terminal.note(`There are more: add --cursor ${plainLine(next_cursor)}`);
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
};

/** `90s`, `10m`, `2h` in milliseconds. */
export function durationMs(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})(ms|s|m|min|h|d)$/.exec(text) ?? [];
  const seconds = UNIT_SECONDS[unit];
  if (seconds === undefined) throw new InvalidArgumentError('It must be a duration such as 90s, 10m or 2h.');
  return Number(amount) * seconds * 1000;
}

/** Adds each use of an option to a list; `a,b` are two. */
export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...text.split(',').filter((each) => each !== '')];
}
