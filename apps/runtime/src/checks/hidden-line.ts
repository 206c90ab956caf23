import { AppError } from '@openloop/kernel';

import type { OperatorIo } from './operator-io.js';

const INTERRUPT = '\u0003';
const END = '\u0004';
const ERASE = new Set(['\u007F', '\b']);
const CLEAR = '\u0015';
/** What a terminal puts around pasted text, and arrow keys. */
// eslint-disable-next-line no-control-regex -- a terminal's sequences begin with one
const SEQUENCES = /\u001B\[[0-9;]*[~A-Za-z]/g;
const LONGEST = 2_000;

/**
 * One line that is not shown while it is typed or pasted. The terminal shows nothing that is typed from here on, also
 * between two questions, until {@link showTyping}.
 * @throws AppError `blocked` / `setup.interrupted` on Ctrl-C and at the end of input
 */
export function hiddenLine({ stdin, stderr }: OperatorIo, question: string): Promise<string> {
  // Before the question: whoever is quick would see the secret on the screen.
  stdin.setRawMode?.(true);
  stderr.write(question);
  const typed = new Typed();
  return new Promise((resolve, reject) => {
    const end = (outcome: () => void) => {
      stdin.off('data', onChunk);
      stdin.off('end', onEnd);
      stdin.pause();
      stderr.write('\n');
      outcome();
    };
    const stop = () =>
      end(() => reject(new AppError('blocked', 'setup.interrupted', 'Stopped; nothing was written')));
    const onEnd = () => stop();
    const onChunk = (chunk: Buffer | string) => {
      const found = typed.take(chunk.toString());
      if (found === 'stop') stop();
      if (found === 'line') end(() => resolve(typed.text.trim()));
    };
    stdin.on('data', onChunk);
    stdin.on('end', onEnd);
    stdin.resume();
  });
}

export function showTyping({ stdin }: Pick<OperatorIo, 'stdin'>): void {
  stdin.setRawMode?.(false);
}

class Typed {
  text = '';

  take(chunk: string): 'line' | 'stop' | 'more' {
    for (const char of chunk.replace(SEQUENCES, '')) {
      if (char === '\r' || char === '\n') return 'line';
      if (char === INTERRUPT || (char === END && this.text === '')) return 'stop';
      this.#add(char);
    }
    return 'more';
  }

  #add(char: string): void {
    if (ERASE.has(char)) this.text = this.text.slice(0, -1);
    else if (char === CLEAR) this.text = '';
    else if (char >= ' ' && this.text.length < LONGEST) this.text += char;
  }
}
