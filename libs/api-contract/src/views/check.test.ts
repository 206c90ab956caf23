import { describe, expect, it } from '@jest/globals';

import { checkText, type CheckStyle, type CheckView } from './check.js';

const same = (text: string) => text;
const STYLE: CheckStyle = { ok: same, warning: same, error: same, heading: same, plain: same };

const well: CheckView = { area: 'slack', name: 'bot token', status: 'ok', words: 'team acme', fix: null };
const wrong: CheckView = {
  area: 'slack',
  name: 'scopes',
  status: 'error',
  words: 'missing: x',
  fix: 'Reinstall',
};
const odd: CheckView = {
  area: 'disk',
  name: 'disk',
  status: 'warning',
  words: '900 MiB free',
  fix: 'Make room',
};

describe('checks as text', () => {
  it('are one line each, with what to do under what is wrong, and a sum', () => {
    expect(checkText({ data: [well, wrong], errors: 1, warnings: 0 }, STYLE)).toBe(
      ['✓ bot token  team acme', '✗ scopes     missing: x', '             Fix: Reinstall', '1 error.'].join(
        '\n',
      ),
    );
  });

  it('are under headings when there are several areas', () => {
    expect(checkText({ data: [well, odd, wrong], errors: 1, warnings: 1 }, STYLE).split('\n')).toEqual([
      'slack',
      '✓ bot token  team acme',
      '✗ scopes     missing: x',
      '             Fix: Reinstall',
      '',
      'disk',
      '! disk       900 MiB free',
      '             Fix: Make room',
      '',
      '1 error, 1 warning.',
    ]);
  });

  it('say when all is well', () => {
    expect(checkText({ data: [well], errors: 0, warnings: 0 }, STYLE)).toMatch(/\nAll is well\.$/);
  });

  it('pass every word from elsewhere through what makes it harmless', () => {
    const plain = (text: string) => text.replaceAll('\u001B', '?');
    const bad = { ...wrong, name: '\u001Bn', words: '\u001Bw', fix: '\u001Bf' };
    const text = checkText({ data: [bad], errors: 1, warnings: 0 }, { ...STYLE, plain });

    expect(text).not.toContain('\u001B');
    expect(text.split('?')).toHaveLength(4);
  });
});
