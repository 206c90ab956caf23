import { codePointName } from './source-text.js';

/** Letters of other scripts that look like a Latin one in most fonts: the ones met in forged names. */
// prettier-ignore
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  а: 'a', в: 'b', с: 'c', ԁ: 'd', е: 'e', һ: 'h', і: 'i', ј: 'j', к: 'k', ӏ: 'l', м: 'm', н: 'h', о: 'o', р: 'p',
  ԛ: 'q', г: 'r', ѕ: 's', т: 't', у: 'y', ѵ: 'v', ԝ: 'w', х: 'x', А: 'A', В: 'B', С: 'C', Е: 'E', Н: 'H', І: 'I',
  К: 'K', М: 'M', О: 'O', Р: 'P', Т: 'T', Х: 'X', α: 'a', ε: 'e', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't',
  υ: 'u', χ: 'x', Α: 'A', Β: 'B', Ε: 'E', Η: 'H', Ι: 'I', Κ: 'K', Μ: 'M', Ν: 'N', Ο: 'O', Ρ: 'P', Τ: 'T', ı: 'i',
};

const SCRIPTS = [
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
] as const;

/** `"р" (U+0440, Cyrillic) looks like "p"` for the first letter that pretends to be another; else nothing. */
export function nameHomoglyph(name: string): string | undefined {
  for (const char of name) {
    const latin = LOOKS_LIKE[char];
    if (latin === undefined || !Object.hasOwn(LOOKS_LIKE, char)) continue;
    const script = SCRIPTS.find(([, pattern]) => pattern.test(char))?.[0] ?? 'not ASCII';
    return `"${char}" (${codePointName(char)}, ${script}) looks like "${latin}"`;
  }
  return undefined;
}
