import type { IncomingMessage } from 'node:http';

import type { Mask } from './mask.js';
import { badAnswer } from './trouble.js';
import { isAnswer, isObject, parseJson, type Asked, type JsonObject } from './wire.js';

export interface Reading {
  asked: Asked;
  mostBytes: number;
  mask: Mask;
  /** Called for what a server tells beside its answer. */
  onNotification: (method: string) => void;
}

/**
 * The one answer to a request, out of a JSON body or an event stream. The first message with the request's id is it;
 * an answer to anything else, a question of the server's, or an end without an answer makes it no answer at all.
 */
export async function readAnswer(incoming: IncomingMessage, reading: Reading): Promise<JsonObject> {
  const type = mediaType(incoming);
  if (type !== 'application/json' && type !== 'text/event-stream') {
    incoming.destroy();
    throw badAnswer(`answered with ${type || 'something untyped'} in place of JSON`);
  }
  try {
    return type === 'application/json'
      ? await fromJson(incoming, reading)
      : await fromEvents(incoming, reading);
  } finally {
    incoming.destroy();
  }
}

/** At most so many bytes of a body, as text. */
export async function readText(incoming: IncomingMessage, mostBytes: number): Promise<string> {
  let text = '';
  for await (const piece of pieces(incoming, mostBytes)) text += piece;
  return text;
}

export function mediaType({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

async function fromJson(incoming: IncomingMessage, reading: Reading): Promise<JsonObject> {
  const message = parseJson(reading.mask(await readText(incoming, reading.mostBytes)));
  const answer = isObject(message) ? answerIn(message, reading) : null;
  if (!answer) throw badAnswer('answered with what is no JSON-RPC answer');
  return answer;
}

async function fromEvents(incoming: IncomingMessage, reading: Reading): Promise<JsonObject> {
  let rest = '';
  for await (const piece of pieces(incoming, reading.mostBytes)) {
    const blocks = (rest + piece).replace(/\r\n?/g, '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = messageOfEvent(reading.mask(block));
      const answer = message && answerIn(message, reading);
      if (answer) return answer;
    }
  }
  throw badAnswer('broke its answer off');
}

/** `null` for a comment or an empty event. */
function messageOfEvent(block: string): JsonObject | null {
  const lines = block.split('\n').filter((line) => line.startsWith('data:'));
  const data = lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
  if (data === '') return null;
  const message = parseJson(data);
  if (!isObject(message)) throw badAnswer('sent an event that is no JSON-RPC message');
  return message;
}

/** `null` for a notification. */
function answerIn(message: JsonObject, { asked, onNotification }: Reading): JsonObject | null {
  if (isAnswer(message)) {
    if (message['id'] === asked.id) return message;
    throw badAnswer('answered something that was not asked');
  }
  const { id, method } = message;
  if (typeof method !== 'string') throw badAnswer('sent what is no JSON-RPC message');
  // Whatever it wants to know, nobody approved telling it.
  if (id !== undefined && method !== 'ping') throw badAnswer('asked for something before it answered');
  if (id === undefined) onNotification(method);
  return null;
}

async function* pieces(incoming: IncomingMessage, mostBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      // No encoding is set, so chunks are buffers.
      size += chunk.length;
      if (size > mostBytes) throw badAnswer(`answered with more than ${mostBytes / 1024} KiB`);
      yield decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw error instanceof Error && error.name === 'AppError' ? error : badAnswer('broke its answer off');
  }
  if (!incoming.complete) throw badAnswer('broke its answer off');
}
