import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const UP = ['scripts/services.mjs', 'run', '--', 'node', 'scripts/compose-up.mjs'];
/** A question to the simulated model, asked by the image's own entrypoint. */
const ASK = [
  '--',
  'deploy/docker/entrypoint.sh',
  'runs',
  'start',
  'demo',
  'Which issues are open?',
  '--wait',
  '--timeout',
  '60s',
];

function composeUp(...args: string[]) {
  const words = ['scripts/bootstrap.mjs', '--build', ...UP, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('docker-compose.yml, as processes', () => {
  it('comes up healthy, answers a question, and stops in good order', () => {
    const { status, stdout, stderr } = composeUp(...ASK);

    expect(status === 0 ? '' : stderr).toBe('');
    expect(stdout).toMatch(/postgres: healthy[^]*redis: healthy[^]*openloop-1: healthy on \d+, roles all/);
    expect(stdout).toContain('Here is what I found');
    expect(stdout).toContain('Stopped 1 processes');
  });

  it('comes up split into roles, with two workers, and answers by them', () => {
    const { status, stdout, stderr } = composeUp('--profile', 'split', ...ASK);

    expect(status === 0 ? '' : stderr).toBe('');
    expect(stdout).toMatch(/openloop-1: healthy on \d+, roles api/);
    expect(stdout).toMatch(/surfaces-1: healthy on \d+, roles surfaces/);
    expect(stdout).toMatch(/workers-1: .* roles workers[^]*workers-2: .* roles workers/);
    expect(stdout).toContain('Stopped 4 processes');
  });

  it('says what failed when the command does, and stops all the same', () => {
    const { status, stdout } = composeUp('--', 'deploy/docker/entrypoint.sh', 'runs', 'get', 'no-such-run');

    expect(status).not.toBe(0);
    expect(stdout).toContain('Stopped 1 processes');
  });
});
