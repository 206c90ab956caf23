import { isObject, objectsOf, textOf, type JsonObject } from '../loopback.js';
import { atMost, checkLength, checkText, type Report } from './slack-text-limits.js';

const MAX_ID = 255;

const CHECKS: Readonly<Record<string, (element: JsonObject, report: Report) => void>> = {
  button(element, report) {
    checkText(element['text'], report, { at: '/text', max: 75, onlyPlain: true });
    if (element['value'] !== undefined) checkLength(element['value'], report, { at: '/value', max: 2000 });
    if (element['url'] !== undefined) checkLength(element['url'], report, { at: '/url', max: 3000 });
    if (element['accessibility_label'] !== undefined) {
      checkLength(element['accessibility_label'], report, { at: '/accessibility_label', max: 75 });
    }
    const style = element['style'];
    if (style !== undefined && style !== 'primary' && style !== 'danger') {
      report('/style', 'must be a valid enum value');
    }
  },
  overflow(element, report) {
    checkOptions(element, 5, report);
  },
  radio_buttons(element, report) {
    checkOptions(element, 10, report);
  },
  checkboxes(element, report) {
    checkOptions(element, 10, report);
  },
  static_select(element, report) {
    checkPlaceholder(element, report);
    if (element['option_groups'] === undefined) checkOptions(element, 100, report);
  },
  multi_static_select(element, report) {
    checkPlaceholder(element, report);
    if (element['option_groups'] === undefined) checkOptions(element, 100, report);
  },
  users_select: checkPlaceholder,
  multi_users_select: checkPlaceholder,
  conversations_select: checkPlaceholder,
  channels_select: checkPlaceholder,
  external_select: checkPlaceholder,
  plain_text_input(element, report) {
    checkPlaceholder(element, report);
    const max = Number(element['max_length'] ?? 3000);
    if (max < 1 || max > 3000) report('/max_length', 'must be between 1 and 3000');
    if (textOf(element['initial_value']).length > max) {
      report('/initial_value', `must be less than ${max + 1} characters`);
    }
  },
  number_input: checkPlaceholder,
  email_text_input: checkPlaceholder,
  url_text_input: checkPlaceholder,
  rich_text_input: checkPlaceholder,
  datepicker: checkPlaceholder,
  timepicker: checkPlaceholder,
  datetimepicker: () => undefined,
  file_input: () => undefined,
  image: () => undefined,
  workflow_button: () => undefined,
  feedback_buttons: () => undefined,
  icon_button: () => undefined,
};

/** Checks what is interactive: a button, a menu, an input. */
export function elementProblems(element: JsonObject, outer: Report, at: string): void {
  const report: Report = (pointer, problem) => outer(`${at}${pointer}`, problem);
  const type = textOf(element['type']);
  const check = Object.hasOwn(CHECKS, type) ? CHECKS[type] : undefined;
  if (!check) return report('/type', `unsupported type: ${type}`);
  if (textOf(element['action_id']).length > MAX_ID) {
    report('/action_id', `must be less than ${MAX_ID + 1} characters`);
  }
  check(element, report);
  if (isObject(element['confirm']))
    checkConfirm(element['confirm'], (pointer, problem) => {
      report(`/confirm${pointer}`, problem);
    });
}

/** The dialog that asks once more. */
function checkConfirm(confirm: JsonObject, report: Report): void {
  checkText(confirm['title'], report, { at: '/title', max: 100, onlyPlain: true });
  checkText(confirm['text'], report, { at: '/text', max: 300 });
  checkText(confirm['confirm'], report, { at: '/confirm', max: 30, onlyPlain: true });
  checkText(confirm['deny'], report, { at: '/deny', max: 30, onlyPlain: true });
}

function checkOptions(element: JsonObject, max: number, report: Report): void {
  const options = objectsOf(element['options']);
  if (options.length === 0) report('/options', 'must have at least 1 item');
  atMost(options, max, report, '/options');
  options.forEach((option, i) => {
    checkText(option['text'], report, { at: `/options/${i}/text`, max: 75 });
    checkLength(option['value'], report, { at: `/options/${i}/value`, max: 150 });
    if (option['description'] !== undefined) {
      checkText(option['description'], report, { at: `/options/${i}/description`, max: 75 });
    }
  });
}

function checkPlaceholder(element: JsonObject, report: Report): void {
  if (element['placeholder'] === undefined) return;
  checkText(element['placeholder'], report, { at: '/placeholder', max: 150, onlyPlain: true });
}

/** Everything in a block that a person can press, choose or fill in. */
export function elementsOf(block: JsonObject): JsonObject[] {
  const single = [block['accessory'], block['element']].filter(isObject);
  return block['type'] === 'rich_text' || block['type'] === 'context'
    ? single
    : [...single, ...objectsOf(block['elements'])];
}

export function actionIdsOf(block: JsonObject): string[] {
  return elementsOf(block)
    .map((element) => textOf(element['action_id']))
    .filter((id) => id !== '');
}

/** The blocks as Slack keeps them: with an id where the app gave none. */
export function withIds(blocks: readonly JsonObject[], nextId: () => string): JsonObject[] {
  const named = (element: unknown): unknown => {
    if (!isObject(element) || element['type'] === 'image' || textOf(element['action_id']) !== '')
      return element;
    return { ...element, action_id: nextId() };
  };
  return blocks.map((block) => {
    const kept: JsonObject = { ...block, block_id: textOf(block['block_id']) || nextId() };
    if (kept['type'] === 'rich_text' || kept['type'] === 'context') return kept;
    for (const name of ['accessory', 'element']) if (isObject(kept[name])) kept[name] = named(kept[name]);
    if (Array.isArray(kept['elements'])) kept['elements'] = kept['elements'].map(named);
    return kept;
  });
}
