import { isObject, objectsOf, textOf, type JsonObject } from '../loopback.js';
import { elementsOf } from './slack-element-limits.js';

/** What a person presses, when the action id alone does not say it. */
export interface SlackPressOptions {
  /** Among several elements with this action id, the one in this block. */
  blockId?: string;
  /** Among several elements with this action id, the one with this value. */
  value?: string;
  /** What is chosen from a menu: the value of an option, or a user's id. */
  option?: string;
  /** As seen by somebody whose screen still shows this version, counted from 0; also of what is deleted by now. */
  version?: number;
  /** Put over the action that is sent: what only a forger could send. */
  forged?: JsonObject;
}

/** The `actions` entry of a press. Throws when there is nothing like that to press: a person could not either. */
export function pressedAction(
  blocks: readonly JsonObject[],
  actionId: string,
  options: SlackPressOptions & { actionTs: string },
): JsonObject {
  const { element, block } = pressable(blocks, actionId, options);
  return {
    type: element['type'],
    action_id: actionId,
    block_id: block['block_id'],
    ...(element['type'] === 'button' ? buttonPart(element) : choicePart(element, options.option ?? '')),
    action_ts: options.actionTs,
    ...options.forged,
  };
}

function pressable(
  blocks: readonly JsonObject[],
  actionId: string,
  { blockId, value }: SlackPressOptions,
): { element: JsonObject; block: JsonObject } {
  const all = blocks.flatMap((block) => elementsOf(block).map((element) => ({ element, block })));
  const found = all
    .filter(({ element }) => element['action_id'] === actionId)
    .filter(({ block }) => blockId === undefined || block['block_id'] === blockId)
    .find(({ element }) => value === undefined || element['value'] === value);
  if (found) return found;
  const there = all.map(({ element }) => textOf(element['action_id'])).join(', ');
  throw new Error(`There is no ${actionId} to press, only: ${there || 'nothing'}`);
}

function buttonPart({ text, value, style }: JsonObject): JsonObject {
  return { text, ...(value !== undefined && { value }), ...(style !== undefined && { style }) };
}

function choicePart(element: JsonObject, option: string): JsonObject {
  if (element['type'] === 'users_select') return { selected_user: option };
  return { selected_option: optionOf(element, option) };
}

function optionOf(element: JsonObject, value: string): JsonObject {
  const found = objectsOf(element['options']).find((each) => each['value'] === value);
  if (found) return { text: found['text'], value };
  throw new Error(`${textOf(element['action_id'])} has no option ${value}`);
}

/** What a person fills in: by block id or action id; a value, the values of several options, or the whole state of a field. */
export type SlackFilledIn = Readonly<Record<string, string | readonly string[] | JsonObject>>;

/** `state.values` of a submission. What is not filled in keeps its initial value. Throws for a field that is not there. */
export function stateValues(blocks: readonly JsonObject[], filledIn: SlackFilledIn): JsonObject {
  const unused = new Set(Object.keys(filledIn));
  const values: JsonObject = {};
  for (const block of blocks.filter(({ type }) => type === 'input')) {
    const element = block['element'];
    if (!isObject(element)) continue;
    const [blockId, actionId] = [textOf(block['block_id']), textOf(element['action_id'])];
    const name = [blockId, actionId].find((each) => Object.hasOwn(filledIn, each));
    if (name !== undefined) unused.delete(name);
    values[blockId] = { [actionId]: fieldState(element, name === undefined ? undefined : filledIn[name]) };
  }
  if (unused.size > 0) throw new Error(`The form has no field ${[...unused].join(', ')}`);
  return values;
}

/** How each kind of field says what is chosen, and what was chosen before anybody touched it. */
const FIELDS: Readonly<Record<string, Field>> = {
  static_select: { name: 'selected_option', initial: 'initial_option', chosen: firstOption },
  radio_buttons: { name: 'selected_option', initial: 'initial_option', chosen: firstOption },
  checkboxes: { name: 'selected_options', initial: 'initial_options', chosen: allOptions },
  multi_static_select: { name: 'selected_options', initial: 'initial_options', chosen: allOptions },
  users_select: { name: 'selected_user', initial: 'initial_user', chosen: (_, [first = '']) => first },
};
const TEXT_FIELD: Field = { name: 'value', initial: 'initial_value', chosen: (_, [first = '']) => first };

interface Field {
  name: string;
  initial: string;
  chosen: (element: JsonObject, values: readonly string[]) => unknown;
}

function firstOption(element: JsonObject, [first = '']: readonly string[]): JsonObject {
  return optionOf(element, first);
}

function allOptions(element: JsonObject, values: readonly string[]): JsonObject[] {
  return values.map((each) => optionOf(element, each));
}

function fieldState(element: JsonObject, given: SlackFilledIn[string] | undefined): JsonObject {
  const type = textOf(element['type']);
  if (isObject(given)) return { type, ...given };
  const { name, initial, chosen } = (Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined) ?? TEXT_FIELD;
  const nothing = name === 'selected_options' ? [] : null;
  return {
    type,
    [name]: given === undefined ? (element[initial] ?? nothing) : chosen(element, [given].flat()),
  };
}
