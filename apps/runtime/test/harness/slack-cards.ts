import type { SlackMessage, SlackView } from '@openloop/simulators';

type Blocks = Pick<SlackMessage | SlackView, 'blocks'>;

/** A card begins with its state as rich text, an answer is Markdown. */
export function isCard({ blocks }: Blocks): boolean {
  return blocks[0]?.['type'] === 'rich_text';
}

export function isAnswer({ blocks }: Blocks): boolean {
  return blocks[0]?.['type'] === 'markdown';
}

export function isOpen(card: Blocks): boolean {
  return buttonsOf(card).length > 0;
}

/** What its buttons are called, as people read them. */
export function buttonsOf({ blocks }: Blocks): string[] {
  return blocks.flatMap((block) => (block['type'] === 'actions' ? textsIn(block['elements']) : []));
}

/** Everything that can be read in it, a line for each text. */
export function wordsOf({ blocks }: Blocks): string {
  return textsIn(blocks).join('\n');
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === 'text' && typeof each === 'string' ? [each] : textsIn(each),
  );
}
