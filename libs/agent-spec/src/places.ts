import type { Path } from './problem.js';

/** A place in a file, both from 1; columns in UTF-16 code units. */
export interface Place {
  line: number;
  column: number;
}

interface NodeOffsets {
  key?: number;
  value: number;
  end: number;
}

/** Where every key and value of one document stands in its file. */
export class Places {
  readonly #nodes = new Map<string, NodeOffsets & { path: Path }>();

  constructor(
    private readonly placeOf: (offset: number) => Place,
    private readonly start: number,
  ) {}

  add(path: Path, offsets: NodeOffsets): void {
    this.#nodes.set(keyOf(path), { ...offsets, path });
  }

  /** The place of what `path` names; of the nearest thing around it when that is not written in the file. */
  at(path: Path, part: 'key' | 'value' = 'value'): Place {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.#nodes.get(keyOf(path.slice(0, length)));
      const wantsKey = part === 'key' || length < path.length;
      if (found) return this.placeOf(wantsKey ? (found.key ?? found.value) : found.value);
    }
    return this.placeOf(this.start);
  }

  has(path: Path): boolean {
    return this.#nodes.has(keyOf(path));
  }

  /** The path of the innermost value that an offset falls into. */
  pathAt(offset: number): Path {
    let best: Path = [];
    for (const { path, value, end } of this.#nodes.values()) {
      if (value <= offset && offset < end && path.length >= best.length) best = path;
    }
    return best;
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
