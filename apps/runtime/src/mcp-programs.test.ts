import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { mcpPrograms } from './mcp-programs.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openloop-programs-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the programs an operator declares', () => {
  it('are read with their arguments and variables', async () => {
    expect(await mcpPrograms(await aFile('{"ci-logs": {"command": "node", "args": ["ci.mjs"]}}'))).toEqual({
      'ci-logs': { command: 'node', args: ['ci.mjs'], env: {} },
    });
  });

  it('are none without a file', async () => {
    expect(await mcpPrograms(null)).toEqual({});
  });

  it.each([
    ['{"ci"', /not JSON/],
    ['{"CI": {"command": "x"}}', /CI: /],
    ['{"ci": {"command": ""}}', /ci\.command/],
    ['{"ci": {"command": "x", "cwd": "/"}}', /ci: .*cwd/],
    ['[]', /the file/],
  ])('are refused as %s, with the place and an example', async (text, words) => {
    await expect(mcpPrograms(await aFile(text))).rejects.toMatchObject({
      code: 'config.mcp_servers',
      message: expect.stringMatching(words),
      hint: expect.stringContaining('docs/mcp.md'),
    });
  });

  it('are refused when the file is not there', async () => {
    await expect(mcpPrograms(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'config.mcp_servers',
    });
  });
});

let files = 0;
async function aFile(text: string): Promise<string> {
  const file = join(folder, `${(files += 1)}.json`);
  await writeFile(file, text);
  return file;
}
