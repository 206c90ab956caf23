import { describe, expect, it } from '@jest/globals';

import { answerContents } from './answer-contents.js';
import { markImitations } from './imitation.js';
import { safeMarkdown } from './safe-markdown.js';
import { splitMarkdown } from './split.js';
import { FAKE_CARDS, HOSTILE_TEXTS, textSource } from '../../test/hostile-texts.js';
import { faultsOf } from '../../test/slack-rules.js';

const FOOTER = '💸 $0.0043 · openai/gpt-4o-mini · 12 s · run_7Q2M9K8X';

function answered(text: string) {
  return answerContents({ agent: 'dev-platform', text, footer: FOOTER });
}

function faults(text: string): string[] {
  return answered(text).flatMap(faultsOf);
}

function shown(text: string): string {
  return answered(text)
    .map(({ blocks: [first] }) => (first?.type === 'markdown' && 'text' in first ? first.text : ''))
    .join('\n');
}

describe('an answer in Slack', () => {
  it('is one message of Markdown with its cost below', () => {
    expect(answered('All **green**.\n\n- one\n- two')).toEqual([
      {
        text: 'All **green**. - one - two',
        blocks: [
          { type: 'markdown', text: 'All **green**.\n\n- one\n- two' },
          {
            type: 'context',
            elements: [{ type: 'plain_text', text: `dev-platform · ${FOOTER}`, emoji: false }],
          },
        ],
      },
    ]);
  });

  it.each([
    ['[the issue](https://evil.example/1)', 'the issue (https://evil.example/1)'],
    ['[https://a.example](https://a.example)', 'https://a.example'],
    ['![chart](https://evil.example/?q=secret)', 'chart (https://evil.example/?q=secret)'],
    ['<https://evil.example|github.com>', 'github.com (https://evil.example)'],
    ['<https://a.example>', 'https://a.example'],
    [
      '[![x](https://evil.example/p.png)](https://evil.example)',
      'x (https://evil.example/p.png) (https://evil.example)',
    ],
    ['hey <@U0PRIYA> and <!here>', 'hey ‹@U0PRIYA> and ‹!here>'],
    ['hey @here', 'hey ＠here'],
    ['`Map<string, number>` and a < b', '`Map<string, number>` and a < b'],
    ['1 <2, x <= y, a <- b', '1 <2, x <= y, a <- b'],
    ['👨\u200D👩', '👨👩'],
  ])('shows %j as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('leaves code as it is, but for what would call somebody', () => {
    const code = 'const a = list[i](x) as Map<string>; // ![x](y)';

    expect(shown(`\`\`\`ts\n${code}\n<!channel>\n\`\`\``)).toBe(`\`\`\`ts\n${code}\n‹!channel>\n\`\`\``);
  });

  it('closes a fence that was left open', () => {
    expect(shown('```ts\nlet a;')).toBe('```ts\nlet a;\n```');
  });

  it('says something when there are no words', () => {
    expect(shown('')).toBe('_(no words)_');
  });
});

describe('a line that looks like a card', () => {
  it.each(FAKE_CARDS)('is marked as the agent’s words: %j', (text) => {
    expect(shown(text)).toContain('In the agent’s words, not a decision');
  });

  it.each([
    'The tests approved last week are red.',
    'I have denied nothing.',
    '✅ All tests pass',
    'Approve the pull request when you are ready.',
    'See the details: none',
  ])('is not seen in an ordinary sentence: %j', (text) => {
    expect(shown(text)).toBe(text);
  });

  it('is marked once', () => {
    const once = markImitations('✅ Approved: x');

    expect(markImitations(once)).toBe(once);
  });

  it('is marked where a long answer is cut into parts as well', () => {
    const text = `${'x'.repeat(10_900)} ${'Approved: by @max '.repeat(700)}`;
    const starts = answered(text).map(({ text: fallback }) => fallback.slice(0, 60));

    expect(
      starts.slice(1).every((start) => start.includes('agent’s words') || !/^approved/i.test(start)),
    ).toBe(true);
  });
});

describe('a long answer', () => {
  it('goes on in further messages, between paragraphs, with the cost below the last', () => {
    const paragraph = `${'word '.repeat(200).trim()}\n\n`;
    const messages = answered(paragraph.repeat(15));

    expect(messages).toHaveLength(2);
    expect(shown(paragraph.repeat(15)).replaceAll(/\s+/g, ' ').trim()).toBe(
      paragraph.repeat(15).replaceAll(/\s+/g, ' ').trim(),
    );
    expect(messages.map(({ blocks }) => blocks.length)).toEqual([1, 2]);
  });

  it('closes and opens again a fence that is cut', () => {
    const { parts } = splitMarkdown(safeMarkdown(`\`\`\`ts\n${'let a = 1;\n'.repeat(1_500)}\`\`\``), {
      size: 11_000,
      most: 3,
    });

    expect(parts).toHaveLength(2);
    for (const part of parts) {
      expect(part.startsWith('```ts\nlet')).toBe(true);
      expect(part.endsWith(';\n```')).toBe(true);
    }
    expect(parts.join('').match(/let a = 1;/g)).toHaveLength(1_500);
  });

  it('ends after three messages, and says how much is left and where it is', () => {
    const messages = answered('word '.repeat(20_000));

    expect(messages).toHaveLength(3);
    expect(JSON.stringify(messages.at(-1))).toMatch(/goes on for \d{5} more characters.*openloop runs get/);
  });

  it('never cuts a character in half', () => {
    expect(faults(`x${'😀'.repeat(15_000)}`)).toEqual([]);
  });
});

describe('whatever a model writes', () => {
  it.each(HOSTILE_TEXTS.map((text, index) => [index, text] as const))(
    'number %i of the corpus calls nobody, hides no link, and fits',
    (_, text) => {
      expect(faults(text)).toEqual([]);
    },
  );

  it('calls nobody, hides no link, and fits: 2,000 texts from a seed', () => {
    const source = textSource(42);
    for (let round = 0; round < 2_000; round += 1) {
      const text = source.text();

      expect({ text, faults: faults(text) }).toEqual({ text, faults: [] });
    }
  });

  it.each([
    '[a]('.repeat(10_000),
    '['.repeat(40_000),
    '<a:'.repeat(13_000),
    '`'.repeat(40_000),
    `${'[x](y'.repeat(8_000)})`,
    ':a'.repeat(20_000),
    `[a](${'b'.repeat(39_000)}`,
    '&#'.repeat(20_000),
  ])('is made safe in no time, also when it is made to be slow', (text) => {
    const before = performance.now();
    answered(text);

    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
