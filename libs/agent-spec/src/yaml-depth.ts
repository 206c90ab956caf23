import { CST, Lexer } from 'yaml';

const DEEPEST = 32;

/**
 * The offset where text nests deeper than 32 brackets, or than 32 `- ` on one line; `null` when it never does.
 * Reads tokens only and stops there: the parser itself needs a stack as deep as its input, and 0.2 s to fail.
 */
export function tooDeepAt(text: string): number | null {
  let offset = 0;
  let brackets = 0;
  let compact = 0;
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    const type: string | null = isScalarNext ? 'scalar-text' : CST.tokenType(token);
    isScalarNext = type === 'scalar';
    brackets += bracketChange(type);
    compact = type === 'newline' ? 0 : compact + (isCompact(type) ? 1 : 0);
    if (brackets > DEEPEST || compact > DEEPEST) return offset;
    if (!isMarker(type)) offset += token.length;
  }
  return null;
}

/** Whether a value stands too deep in its document. */
export function isTooDeep(path: readonly unknown[]): boolean {
  return path.length > DEEPEST;
}

function bracketChange(type: string | null): number {
  if (type === 'flow-map-start' || type === 'flow-seq-start') return 1;
  return type === 'flow-map-end' || type === 'flow-seq-end' ? -1 : 0;
}

function isCompact(type: string | null): boolean {
  return type === 'seq-item-ind' || type === 'explicit-key-ind';
}

/** Tokens that the lexer makes up: they are not in the text. */
function isMarker(type: string | null): boolean {
  return type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end';
}
