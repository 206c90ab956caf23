const MOST_NAMES = 200;

/** The name most like `word`, when one is close enough to be a slip of the fingers. */
export function closest(word: string, names: readonly string[]): string | undefined {
  const mostEdits = word.length <= 4 ? 1 : 2;
  let best: { name: string; edits: number } | undefined;
  for (const name of names.slice(0, MOST_NAMES)) {
    const edits =
      Math.abs(name.length - word.length) > mostEdits ? Infinity : editDistance(word, name, mostEdits);
    if (edits <= mostEdits && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), case ignored.
 * Beyond `most`: `Infinity`.
 */
export function editDistance(left: string, right: string, most = Infinity): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const edits = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const substituted = edits(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(
        Math.min(
          edits(i - 1, j) + 1,
          edits(i, j - 1) + 1,
          substituted,
          isSwap ? edits(i - 2, j - 2) + 1 : Infinity,
        ),
      );
    }
    // A swap looks two rows back, so both must be out of reach.
    if (Math.min(...row, ...(rows[i - 1] ?? [])) > most) return Infinity;
  }
  return edits(a.length, b.length) > most ? Infinity : edits(a.length, b.length);
}
