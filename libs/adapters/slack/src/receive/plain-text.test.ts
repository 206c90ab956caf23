import { describe, expect, it } from '@jest/globals';

import { mentionsOf, namesIn, plainText } from './plain-text.js';

const NAMES = new Map([
  ['U1', 'Priya'],
  ['C9', 'ops'],
]);

const TEXTS: readonly [slack: string, plain: string][] = [
  ['<@UBOT> deploy', 'deploy'],
  ['<@UBOT>: deploy', 'deploy'],
  ['<@UBOT|openloop> deploy', 'deploy'],
  ['please <@UBOT> deploy', 'please deploy'],
  ['<@UBOT>', ''],
  ['ask <@U1>', 'ask @Priya'],
  ['ask <@U2>', 'ask @U2'],
  ['ask <@U2|max>', 'ask @max'],
  ['in <#C1|dev> and <#C9> and <#C9|>', 'in #dev and #ops and #ops'],
  ['<!here> <!channel> <!everyone>', '@here @channel @everyone'],
  ['<!subteam^S1|@ops> and <!subteam^S2>', '@ops and @S2'],
  ['<!date^1700000000^{date}|14 November>', '14 November'],
  ['<https://a.test>', 'https://a.test'],
  ['<https://a.test?x=1&amp;y=2>', 'https://a.test?x=1&y=2'],
  ['<https://a.test|the page>', 'the page (https://a.test)'],
  ['<https://a.test|https://a.test>', 'https://a.test'],
  ['<https://evil.test|https://bank.test>', 'https://bank.test (https://evil.test)'],
  ['<mailto:a@b.test|a@b.test>', 'a@b.test'],
  ['1 &lt; 2 &amp;&amp; 3 &gt; 2', '1 < 2 && 3 > 2'],
  ['&amp;lt;@U1&amp;gt; &lt;@U1&gt;', '&lt;@U1&gt; <@U1>'],
  ['a <b> c', 'a <b> c'],
  ['unclosed <@U1', 'unclosed <@U1'],
  ['<<@U1>>', '<@Priya>'],
  ['', ''],
];

describe('what somebody typed', () => {
  it.each(TEXTS)('is read from %j as %j', (slack, plain) => {
    expect(plainText(slack, 'UBOT', NAMES)).toBe(plain);
  });

  it.each([
    '<'.repeat(40_000),
    '<@UBOT'.repeat(7_000),
    '<@U1|'.repeat(8_000),
    '&amp;'.repeat(8_000),
    '<@UBOT> '.repeat(5_000),
  ])('is read in time that grows with its length', (text) => {
    const startedAt = performance.now();
    plainText(text, 'UBOT', NAMES);
    mentionsOf(text, 'UBOT');
    namesIn(text, 'UBOT');
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});

describe('whom it is addressed to', () => {
  it.each([
    ['<@U1> and <@UBOT>', 'agent'],
    ['<@UBOT|openloop>', 'agent'],
    ['<@U1>', 'others'],
    ['<!subteam^S1|@ops>', 'others'],
    ['<!here> everybody', 'nobody'],
    ['&lt;@UBOT&gt;', 'nobody'],
    ['<@UBOTTLE>', 'others'],
    ['hello', 'nobody'],
  ])('is told of %j as %s', (text, mentions) => {
    expect(mentionsOf(text, 'UBOT')).toBe(mentions);
  });

  it('never has more than 20 names looked up', () => {
    const text = Array.from({ length: 50 }, (_, at) => `<@U${at}> <#C${at}>`).join(' ');
    const { users, channels } = namesIn(text, 'UBOT');
    expect(users.length + channels.length).toBe(20);
  });
});
