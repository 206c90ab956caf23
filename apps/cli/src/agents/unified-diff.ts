const CONTEXT = 3;

type Edit = { kind: ' ' | '-' | '+'; text: string };

/** A unified diff of two texts; empty when they are the same. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return '';
  const edits = editsBetween(linesOf(before), linesOf(after));
  const label = (side: string, text: string): string => (text === '' ? '/dev/null' : `${side}/${name}`);
  return [`--- ${label('a', before)}`, `+++ ${label('b', after)}`, ...hunks(edits)].join('\n');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The fewest lines removed and added, by the longest common subsequence of what is between the common ends. */
function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const keep = (lines: readonly string[]): Edit[] => lines.map((text) => ({ kind: ' ', text }));
  return [
    ...keep(before.slice(0, start)),
    ...middleEdits(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...keep(before.slice(before.length - end)),
  ];
}

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const lengths = commonLengths(before, after);
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [left, right] = [before[i], after[j]];
    if (left !== undefined && left === right) {
      edits.push({ kind: ' ', text: left });
      [i, j] = [i + 1, j + 1];
    } else if (
      left !== undefined &&
      (right === undefined || at(lengths, i + 1, j) >= at(lengths, i, j + 1))
    ) {
      edits.push({ kind: '-', text: left });
      i += 1;
    } else {
      edits.push({ kind: '+', text: right ?? '' });
      j += 1;
    }
  }
  return edits;
}

/** `lengths[i][j]`: how many lines `before` from `i` and `after` from `j` have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    Array.from({ length: after.length + 1 }, () => 0),
  );
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const isSame = before[i] === after[j];
      const row = lengths[i];
      if (row)
        row[j] = isSame
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly number[][], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

function hunks(edits: readonly Edit[]): string[] {
  const isNear = edits.map((_, i) =>
    edits.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(({ kind }) => kind !== ' '),
  );
  const lines: string[] = [];
  let [before, after] = [1, 1];
  for (let i = 0; i < edits.length;) {
    if (isNear[i]) {
      const end = isNear.indexOf(false, i);
      const hunk = edits.slice(i, end === -1 ? edits.length : end);
      const [removed, added] = [countOf(hunk, '+'), countOf(hunk, '-')];
      lines.push(
        `@@ -${range(before, removed)} +${range(after, added)} @@`,
        ...hunk.map(({ kind, text }) => kind + text),
      );
      [before, after, i] = [before + removed, after + added, i + hunk.length];
    } else {
      [before, after, i] = [before + 1, after + 1, i + 1];
    }
  }
  return lines;
}

function countOf(hunk: readonly Edit[], other: Edit['kind']): number {
  return hunk.filter(({ kind }) => kind !== other).length;
}

function range(start: number, length: number): string {
  return length === 1 ? String(start) : `${length === 0 ? start - 1 : start},${length}`;
}
