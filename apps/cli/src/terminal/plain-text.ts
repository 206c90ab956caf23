/* eslint-disable no-control-regex -- finding control characters is what this file is for */

/** Whole terminal sequences: CSI, OSC and the other strings, and two-character escapes. */
const SEQUENCES =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]/g;

/** Control characters, and those that reorder or hide text. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu;

/**
 * Text from elsewhere, safe on a terminal: escape sequences gone, other invisible characters visible as `\u{…}`.
 * New lines and tabs stay.
 */
export function plainText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(SEQUENCES, '')
    .replace(INVISIBLE, (char) => (char === '\n' || char === '\t' ? char : visible(char)));
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim();
}

/** JSON that is safe on a terminal and means the same. */
export function plainJson(json: string): string {
  return json.replace(/[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    [...Array(char.length).keys()].map((i) => `\\u${hex(char.charCodeAt(i)).padStart(4, '0')}`).join(''),
  );
}

function visible(char: string): string {
  return `\\u{${hex(char.codePointAt(0) ?? 0)}}`;
}

function hex(code: number): string {
  return code.toString(16);
}
