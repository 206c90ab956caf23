/** One line of what a look at a set-up found. */
export interface Check {
  name: string;
  status: 'ok' | 'warning' | 'error';
  words: string;
  /** What to do about it; on every line that is not ok. */
  fix?: string;
}

export function well(name: string, words: string): Check {
  return { name, status: 'ok', words };
}

export function warned(name: string, words: string, fix: string): Check {
  return { name, status: 'warning', words, fix };
}

export function failed(name: string, words: string, fix: string): Check {
  return { name, status: 'error', words, fix };
}
