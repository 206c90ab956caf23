import { describe, expect, it } from '@jest/globals';

import { unifiedDiff } from './unified-diff.js';

describe('unifiedDiff', () => {
  it('is empty for the same text', () => {
    expect(unifiedDiff('a', 'x\n', 'x\n')).toBe('');
  });

  it('shows a new document as added', () => {
    expect(unifiedDiff('a', '', 'x\ny\n')).toBe('--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y');
  });

  it('shows changes with three lines around them, far ones apart', () => {
    const before = numbered(20);
    const after = before.replace('line 2\n', 'line two\n').replace('line 17\n', '');

    expect(
      unifiedDiff('a', before, after)
        .split('\n')
        .filter((line) => !line.startsWith(' ')),
    ).toEqual([
      '--- a/a',
      '+++ b/a',
      '@@ -1,5 +1,5 @@',
      '-line 2',
      '+line two',
      '@@ -14,7 +14,6 @@',
      '-line 17',
    ]);
  });

  it('leads from one text to the other, whatever they are', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const [before, after] = [lettersFrom(seed), lettersFrom(seed * 7919)];
      expect({ seed, text: patched(before, unifiedDiff('a', before, after)) }).toEqual({ seed, text: after });
    }
  });
});

function numbered(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join('');
}

/** Up to 24 lines out of three letters, so that many are alike. */
function lettersFrom(seed: number): string {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  return Array.from({ length: next(24) }, () => `${'abc'[next(3)]}\n`).join('');
}

/** What `patch` makes of it. */
function patched(before: string, diff: string): string {
  if (diff === '') return before;
  const source = before.split('\n').slice(0, -1);
  const result: string[] = [];
  let taken = 0;
  for (const line of diff.split('\n').slice(2)) {
    const start = /^@@ -(\d+)(?:,(\d+))?/.exec(line);
    if (start) {
      const from = start[2] === '0' ? Number(start[1]) : Number(start[1]) - 1;
      result.push(...source.slice(taken, from));
      taken = from;
      continue;
    }
    if (line.startsWith('+')) result.push(line.slice(1));
    else if (source[taken++] !== line.slice(1)) throw new Error(`does not apply at ${line}`);
    else if (line.startsWith(' ')) result.push(line.slice(1));
  }
  return [...result, ...source.slice(taken)].map((line) => `${line}\n`).join('');
}
