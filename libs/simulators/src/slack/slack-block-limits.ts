import { isObject, objectsOf, textOf, type JsonObject } from '../loopback.js';
import { actionIdsOf, elementProblems } from './slack-element-limits.js';
import { atMost, checkLength, checkText, type Report } from './slack-text-limits.js';

const MAX_ID = 255;
const MAX_MESSAGE_BLOCKS = 50;
const MAX_VIEW_BLOCKS = 100;

const CHECKS: Readonly<Record<string, (block: JsonObject, report: Report) => void>> = {
  section(block, report) {
    const fields = objectsOf(block['fields']);
    if (block['text'] === undefined && fields.length === 0) report('', 'must have text or fields');
    if (block['text'] !== undefined) checkText(block['text'], report, { at: '/text', max: 3000 });
    atMost(fields, 10, report, '/fields');
    fields.forEach((field, i) => checkText(field, report, { at: `/fields/${i}`, max: 2000 }));
    if (isObject(block['accessory'])) elementProblems(block['accessory'], report, '/accessory');
  },
  header(block, report) {
    checkText(block['text'], report, { at: '/text', max: 150, onlyPlain: true });
  },
  actions(block, report) {
    const elements = objectsOf(block['elements']);
    if (elements.length === 0) report('/elements', 'must have at least 1 item');
    atMost(elements, 25, report, '/elements');
    elements.forEach((element, i) => elementProblems(element, report, `/elements/${i}`));
  },
  context(block, report) {
    const elements = objectsOf(block['elements']);
    if (elements.length === 0) report('/elements', 'must have at least 1 item');
    atMost(elements, 10, report, '/elements');
    elements.forEach((element, i) => {
      if (element['type'] !== 'image') checkText(element, report, { at: `/elements/${i}`, max: 3000 });
    });
  },
  input(block, report) {
    checkText(block['label'], report, { at: '/label', max: 2000, onlyPlain: true });
    if (block['hint'] !== undefined)
      checkText(block['hint'], report, { at: '/hint', max: 2000, onlyPlain: true });
    if (isObject(block['element'])) elementProblems(block['element'], report, '/element');
    else report('/element', 'missing required field: element');
  },
  markdown(block, report) {
    checkLength(block['text'], report, { at: '/text', max: 12_000 });
  },
  image(block, report) {
    checkLength(block['alt_text'], report, { at: '/alt_text', max: 2000 });
  },
  rich_text(block, report) {
    if (!Array.isArray(block['elements'])) report('/elements', 'missing required field: elements');
  },
  divider: () => undefined,
  file: () => undefined,
  video: () => undefined,
  table: () => undefined,
  context_actions: () => undefined,
  plan: () => undefined,
  task_card: () => undefined,
  alert: () => undefined,
  card: () => undefined,
  carousel: () => undefined,
  container: () => undefined,
  data_table: () => undefined,
};

/** What is wrong with the blocks of a message or a view, each with where it is; empty when Slack takes them. */
export function blockProblems(blocks: unknown, surface: 'message' | 'view'): string[] {
  const problems: string[] = [];
  const at = (path: string): Report => {
    return (pointer, problem) => problems.push(`${problem} [json-pointer:${path}${pointer}]`);
  };
  if (!Array.isArray(blocks)) return ['must be an array [json-pointer:/blocks]'];
  atMost(blocks, surface === 'view' ? MAX_VIEW_BLOCKS : MAX_MESSAGE_BLOCKS, at(''), '/blocks');
  blocks.forEach((block: unknown, i) => checkBlock(block, surface, at(`/blocks/${i}`)));
  checkUnique(objectsOf(blocks), at('/blocks'));
  return problems;
}

function checkBlock(block: unknown, surface: 'message' | 'view', report: Report): void {
  if (!isObject(block)) return report('', 'must be an object');
  const type = textOf(block['type']);
  const check = Object.hasOwn(CHECKS, type) ? CHECKS[type] : undefined;
  if (!check) return report('/type', `unsupported type: ${type}`);
  if (textOf(block['block_id']).length > MAX_ID) {
    report('/block_id', `must be less than ${MAX_ID + 1} characters`);
  }
  check(block, report);
  if (surface === 'view' && type === 'markdown') report('/type', `unsupported type: ${type}`);
}

/** No id twice: block ids in a message, action ids in a block. */
function checkUnique(blocks: readonly JsonObject[], report: Report): void {
  const ids = blocks.map((block) => textOf(block['block_id'])).filter((id) => id !== '');
  for (const id of repeatedIn(ids)) report('', `\`block_id\` is repeated: ${id}`);
  blocks.forEach((block, i) => {
    for (const id of repeatedIn(actionIdsOf(block))) report(`/${i}`, `\`action_id\` "${id}" already exists`);
  });
}

function repeatedIn(all: readonly string[]): string[] {
  return [...new Set(all.filter((each, i) => all.indexOf(each) !== i))];
}

/** Characters of every text in the blocks. */
export function blockTextLength(blocks: unknown): number {
  if (typeof blocks !== 'object' || blocks === null) return 0;
  return Object.entries(blocks).reduce((sum, [key, value]: [string, unknown]) => {
    return sum + (key === 'text' && typeof value === 'string' ? value.length : blockTextLength(value));
  }, 0);
}
