import { isObject, objectsOf, textOf, type JsonObject } from '../loopback.js';
import type { AskedCall, BrainMessage, ToolAnswer } from './brain.js';
import { joinTurns, looseEnds } from './conversation.js';
import { WireRefusal } from './turn.js';

/** Accepted in place of a signature that was lost, by Google's own advice. */
const WAIVERS = new Set(['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go']);
const SIGNATURES_PAGE = 'https://ai.google.dev/gemini-api/docs/thought-signatures';

/** What was asked by `contents`, `systemInstruction` and `tools`. @throws WireRefusal */
export function readContents(body: JsonObject): { messages: BrainMessage[]; tools: string[] } {
  if (!Array.isArray(body['contents']) || body['contents'].length === 0) {
    throw new WireRefusal(400, '* GenerateContentRequest.contents: contents is not specified');
  }
  const conversation = joinTurns(objectsOf(body['contents']).flatMap(readContent));
  refuseLooseEnds(conversation);
  const system = isObject(body['systemInstruction']) ? textIn(body['systemInstruction']) : '';
  return {
    messages: system === '' ? conversation : [{ role: 'system', text: system }, ...conversation],
    tools: objectsOf(body['tools'])
      .flatMap((tool) => objectsOf(tool['functionDeclarations']))
      .map((declaration) => textOf(declaration['name'])),
  };
}

/**
 * From Gemini 3 on the calls since the user last spoke have to bring back what their thoughts were signed with: of
 * each message the first call.
 * @throws WireRefusal
 */
export function refuseUnsigned(body: JsonObject, model: string, given: ReadonlySet<string>): void {
  for (const content of objectsOf(body['contents'])) {
    for (const { thoughtSignature: signature } of partsOf(content)) {
      if (signature !== undefined && !given.has(textOf(signature)) && !WAIVERS.has(textOf(signature))) {
        throw new WireRefusal(400, 'Corrupted thought signature.');
      }
    }
  }
  if (!wantsSignatures(model)) return;
  const unsigned = callsSinceUser(objectsOf(body['contents'])).find(
    (part) => part['thoughtSignature'] === undefined,
  );
  if (unsigned === undefined) return;
  const name = isObject(unsigned['functionCall']) ? textOf(unsigned['functionCall']['name']) : '';
  const rule = 'This is required for tools to work correctly.';
  throw new WireRefusal(
    400,
    `Function call is missing a thought_signature in functionCall parts. ${rule} Additional data, function call \`${name}\`. Please refer to ${SIGNATURES_PAGE} for more details.`,
  );
}

export function wantsSignatures(model: string): boolean {
  return !/^gemini-[12][.-]/.test(model);
}

/** The first call of each of the model's messages after the last one in the user's own words. */
function callsSinceUser(contents: readonly JsonObject[]): JsonObject[] {
  const spoke = contents.findLastIndex((content) => content['role'] === 'user' && textIn(content) !== '');
  return contents.slice(spoke + 1).flatMap((content) => partsOf(content).filter(isCall).slice(0, 1));
}

function isCall(part: JsonObject): boolean {
  return isObject(part['functionCall']);
}

function partsOf(content: JsonObject): JsonObject[] {
  return objectsOf(content['parts']);
}

/** Thoughts are not said. */
function textIn(content: JsonObject): string {
  return partsOf(content)
    .filter((part) => part['thought'] !== true)
    .map((part) => textOf(part['text']))
    .join('');
}

function readContent(content: JsonObject): BrainMessage[] {
  const role = content['role'] ?? 'user';
  const text = textIn(content);
  if (role === 'model') {
    const toolCalls = partsOf(content).flatMap(callsIn);
    return [{ role: 'assistant', text, ...(toolCalls.length > 0 && { toolCalls }) }];
  }
  if (role !== 'user' && role !== 'function') {
    throw new WireRefusal(400, 'Please use a valid role: user, model.');
  }
  const toolResults = partsOf(content).flatMap(answersIn);
  if (toolResults.length === 0) return [{ role: 'user', text }];
  const answers: BrainMessage = {
    role: 'tool',
    text: toolResults.map((result) => result.text).join('\n'),
    toolResults,
  };
  return text === '' ? [answers] : [answers, { role: 'user', text }];
}

function callsIn({ functionCall: call }: JsonObject): AskedCall[] {
  if (!isObject(call)) return [];
  const name = textOf(call['name']);
  return [{ id: textOf(call['id']) || name, name, arguments: JSON.stringify(call['args'] ?? {}) }];
}

/** Clients put their text into `output`, `content`, `result` or, for a failure, `error`. */
function answersIn({ functionResponse: answer }: JsonObject): ToolAnswer[] {
  if (!isObject(answer)) return [];
  const response = isObject(answer['response']) ? answer['response'] : {};
  const said = ['output', 'content', 'result', 'error'].map((field) => response[field]);
  const text = said.find((value) => typeof value === 'string') ?? JSON.stringify(response);
  return [{ callId: textOf(answer['id']) || textOf(answer['name']), text: textOf(text) }];
}

function refuseLooseEnds(messages: readonly BrainMessage[]): void {
  const { unanswered, unasked } = looseEnds(messages);
  if (unanswered.length === 0 && unasked.length === 0) return;
  const rule =
    'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
  throw new WireRefusal(400, `${rule} (${[...unanswered, ...unasked].join(', ')})`);
}
