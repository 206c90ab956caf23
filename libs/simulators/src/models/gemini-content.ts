import { parseJson, type JsonObject } from '../loopback.js';
import type { TokenCounts } from './brain.js';
import { readContents, refuseUnsigned, wantsSignatures } from './gemini-contents.js';
import { geminiError } from './gemini-errors.js';
import { pieces, WireRefusal, type Dialect, type Frame, type Turn, type TurnCall } from './turn.js';
import { randomId } from './wire-ids.js';

const PATH = /^\/v1beta\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;
const FINISH = { stop: 'STOP', tools: 'STOP', length: 'MAX_TOKENS', refused: 'SAFETY' } as const;
const OVERLOADED = { status: 503, message: 'The model is overloaded. Please try again later.' };

/** The model and the method of a path, if it is one that generates. */
export function generatePath(path: string): { model: string; stream: boolean } | null {
  const [, model, method] = PATH.exec(path) ?? [];
  return model === undefined ? null : { model, stream: method === 'streamGenerateContent' };
}

/** The Gemini API, `v1beta`. It remembers the signatures it gave, for clients have to bring them back. */
export function geminiContent(): Dialect {
  const given = new Set<string>();
  const sign = ({ model }: Turn): { thoughtSignature?: string } => {
    if (!wantsSignatures(model)) return {};
    const thoughtSignature = randomId('', 96);
    given.add(thoughtSignature);
    return { thoughtSignature };
  };
  return {
    api: 'generateContent',
    read(body, path) {
      const asked = generatePath(path) ?? { model: '', stream: false };
      const read = readContents(body);
      refuseUnsigned(body, asked.model, given);
      return { ...asked, ...read };
    },
    unknownModel: (model) =>
      new WireRefusal(
        404,
        `models/${model} is not found for API version v1beta, or is not supported for generateContent.`,
      ),
    newCallId: () => randomId('', 8).toLowerCase(),
    whole: (turn) => wholeAnswer(turn, sign(turn)),
    frames: (turn) => answerFrames(turn, sign(turn)),
    errorBody: geminiError,
    errorFrame: () => ({ payload: geminiError(OVERLOADED) }),
    tellsWaitInBody: true,
  };
}

type Signature = { thoughtSignature?: string };

function wholeAnswer(turn: Turn, signature: Signature): object {
  if (isPromptBlocked(turn)) return blocked(turn);
  const isTextSigned = turn.calls.length === 0;
  const text = turn.text === '' ? [] : [{ text: turn.text, ...(isTextSigned && signature) }];
  const calls = turn.calls.map((call, index) => callPart(call, index === 0 ? signature : {}));
  return {
    candidates: [candidate([...text, ...calls], finishOf(turn))],
    ...usageMetadata(turn, turn.usage),
    ...head(turn),
  };
}

function answerFrames(turn: Turn, signature: Signature): Frame[] {
  if (isPromptBlocked(turn)) return [{ payload: blocked(turn) }];
  const untilNow = usageMetadata(turn, { ...turn.usage, output: 0, reasoning: 0 });
  const told = head(turn);
  const frame = (part: object): Frame => ({
    payload: { candidates: [candidate([part])], ...untilNow, ...told },
    isContent: true,
  });
  const lastPart = turn.calls.length === 0 ? { text: '', ...signature } : { text: '' };
  return [
    ...pieces(turn.text).map((text) => frame({ text })),
    ...turn.calls.map((call, index) => frame(callPart(call, index === 0 ? signature : {}))),
    {
      payload: {
        candidates: [candidate([lastPart], finishOf(turn))],
        ...usageMetadata(turn, turn.usage),
        ...told,
      },
    },
  ];
}

function candidate(parts: readonly object[], finishReason?: string): object {
  return { content: { parts, role: 'model' }, index: 0, ...(finishReason !== undefined && { finishReason }) };
}

/** Arguments that are not JSON have no form on this wire: they are shown as the text they are. */
function callPart({ id, name, arguments: text }: TurnCall, signature: Signature): JsonObject {
  return { functionCall: { id, name, args: parseJson(text) ?? text }, ...signature };
}

/** A prompt that is refused as a whole has no candidate. */
function isPromptBlocked({ finish, text, calls }: Turn): boolean {
  return finish === 'refused' && text === '' && calls.length === 0;
}

function blocked(turn: Turn): object {
  return {
    promptFeedback: { blockReason: turn.finishWord ?? 'PROHIBITED_CONTENT' },
    ...usageMetadata(turn, { ...turn.usage, output: 0, reasoning: 0 }),
    ...head(turn),
  };
}

function finishOf({ finish, finishWord }: Turn): string {
  return finishWord ?? FINISH[finish];
}

function head({ model }: Turn): object {
  return { modelVersion: model, responseId: randomId('', 22) };
}

/** Thoughts are counted beside the candidates, cached tokens in the prompt; a count of 0 is left out. */
function usageMetadata({ isUsageTold }: Turn, usage: TokenCounts): object {
  if (!isUsageTold) return {};
  const candidates = usage.output - usage.reasoning;
  return {
    usageMetadata: {
      promptTokenCount: usage.input,
      ...(candidates > 0 && { candidatesTokenCount: candidates }),
      totalTokenCount: usage.input + usage.output,
      ...(usage.cacheRead > 0 && { cachedContentTokenCount: usage.cacheRead }),
      ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
    },
  };
}
