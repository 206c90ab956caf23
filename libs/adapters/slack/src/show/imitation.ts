/** Said before a line that looks like one of our cards. */
const MARK = '> _In the agent’s words, not a decision:_ ';

const STATES = [
  'approval required',
  'approve required',
  'confirmation needed',
  'approved',
  'denied',
  'rejected',
  'answered',
  'expired',
  'cancelled',
  'canceled',
  'out of date',
  'replaced',
] as const;
/** What follows the state in a headline of ours, or in one that means to be taken for it. */
const HEADLINE = new RegExp(`^(?:${STATES.join('|')})(?:\\s*$|\\s*[:,.…!–—-]|\\s+(?:by|but|and)\\b)`);
const BUTTONS = /^(?:(?:approve|deny|details|edit then approve|reject)\b[^\p{L}]*){2,}$/u;
const SHORTCODE = /:[\w+-]{1,40}:/g;
const NUMERIC_ENTITY = /&#(x[\da-f]{1,6}|\d{1,7});?/gi;
const EMPHASIS = /[*_~`\\|[\]]/g;
/** Letters of other scripts that look like Latin ones, and the Latin ones. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  ɑ: 'a',
  α: 'a',
  ԁ: 'd',
  ɗ: 'd',
  е: 'e',
  ε: 'e',
  ё: 'e',
  і: 'i',
  ι: 'i',
  ı: 'i',
  ո: 'n',
  п: 'n',
  о: 'o',
  ο: 'o',
  օ: 'o',
  р: 'p',
  ρ: 'p',
  г: 'r',
  ѕ: 's',
  т: 't',
  τ: 't',
  ц: 'u',
  υ: 'u',
  ν: 'v',
  ѵ: 'v',
  х: 'x',
  χ: 'x',
  у: 'y',
  с: 'c',
  ϲ: 'c',
  һ: 'h',
  к: 'k',
  м: 'm',
  в: 'b',
};

/** Marks each line that could pass for the headline or the buttons of a card. */
export function markImitations(text: string): string {
  return text
    .split('\n')
    .map((line) => (imitates(line) ? `${MARK}${line.trim()}` : line))
    .join('\n');
}

function imitates(line: string): boolean {
  const words = bareWords(line.slice(0, 300));
  return HEADLINE.test(words) || BUTTONS.test(words);
}

/** The line as an eye reads it: without marks before the first letter, without emphasis, in Latin letters. */
function bareWords(line: string): string {
  return line
    .replace(NUMERIC_ENTITY, decoded)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(SHORTCODE, ' ')
    .replace(EMPHASIS, '')
    .toLowerCase()
    .replace(/[^\p{ASCII}]/gu, (char) => LOOKALIKES[char] ?? char)
    .replace(/^[^\p{L}]+/u, '')
    .replace(/\s+/gu, ' ');
}

function decoded(entity: string, digits: string): string {
  const code =
    digits.startsWith('x') || digits.startsWith('X') ? Number.parseInt(digits.slice(1), 16) : Number(digits);
  return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : entity;
}
