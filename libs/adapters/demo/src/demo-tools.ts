import { systemClock, type Clock } from '@openloop/kernel';
import type { Tool } from '@openloop/tools';

import { createIssueTool } from './create-issue.js';
import { IssueFolder } from './issue-folder.js';
import { readIssuesTool } from './read-issues.js';

export interface DemoOptions {
  /** Issues are written to `<directory>/issues/<n>.md`; made when first needed. */
  directory: string;
  clock?: Clock;
}

/** An issue tracker that is a folder: the demo's writes are real and can be read with `cat`. */
export function demoTools({ directory, clock = systemClock }: DemoOptions): Tool[] {
  const folder = new IssueFolder(directory);
  return [readIssuesTool(folder), createIssueTool(folder, clock)];
}
