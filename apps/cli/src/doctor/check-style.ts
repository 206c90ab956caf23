import type { CheckStyle } from '@openloop/api-contract';

import { plainLine } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';

/** How checks look on stdout. */
export function checkStyle({ paint }: Pick<Terminal, 'paint'>): CheckStyle {
  return {
    ok: paint.green,
    warning: paint.yellow,
    error: paint.red,
    heading: paint.bold,
    plain: plainLine,
  };
}
