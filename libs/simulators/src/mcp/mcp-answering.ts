import type { ServerResponse } from 'node:http';

import { cut, isObject, pause, sendJson, write, type JsonObject } from '../loopback.js';
import type { McpFault } from './mcp-faults.js';
import type { McpAnswer } from './mcp-world.js';

const CHUNK = 64 * 1024;

export interface Answering {
  id: unknown;
  answer: McpAnswer;
  /** As one JSON body, or as an event stream. */
  as: 'json' | 'sse';
}

export async function sendAnswer(response: ServerResponse, { id, answer, as }: Answering): Promise<void> {
  const message = { jsonrpc: '2.0', id, ...answer };
  if (as === 'json') return sendJson(response, { status: 200, body: message });
  openEvents(response);
  await sendEvent(response, message);
  response.end();
}

export function openEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
}

export async function sendEvent(response: ServerResponse, message: unknown): Promise<void> {
  await write(response, `event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

/** Answers as the fault says. The tool has run by now, or has not. */
export async function sendFaulty(
  response: ServerResponse,
  answering: Answering,
  { answer: fault }: McpFault,
): Promise<void> {
  switch (fault.kind) {
    case 'wrong_id':
      return sendAnswer(response, { ...answering, id: `${String(answering.id)}-other` });
    case 'two_answers':
      return twoAnswers(response, answering);
    case 'batch': {
      const message = { jsonrpc: '2.0', id: answering.id, ...answering.answer };
      return sendJson(response, { status: 200, body: [message, message] });
    }
    case 'announces':
      openEvents(response);
      await sendEvent(response, { jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      await sendEvent(response, { jsonrpc: '2.0', id: answering.id, ...answering.answer });
      return void response.end();
    case 'late':
      await pause(fault.ms, response);
      return sendAnswer(response, answering);
    case 'silence':
      return;
    case 'cut_stream':
      openEvents(response);
      await write(response, 'event: message\ndata: {"jsonrpc":"2.0",');
      return void response.end();
    case 'reset':
      return cut(response);
    case 'asks':
      openEvents(response);
      return sendEvent(response, { jsonrpc: '2.0', id: 'q1', method: fault.method, params: {} });
    default:
      return sendOther(response, answering, fault);
  }
}

type Other = Extract<McpFault['answer'], { kind: 'html' | 'huge' | 'drip' | 'status' | 'result' | 'error' }>;

async function sendOther(response: ServerResponse, answering: Answering, fault: Other): Promise<void> {
  switch (fault.kind) {
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      return void response.end('<html><body>Welcome to the hotel WLAN</body></html>');
    case 'huge':
      return huge(response, answering.id, fault.bytes);
    case 'drip':
      return drip(response, answering, fault.everyMs);
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers });
      return void response.end(fault.text ?? '');
    case 'result':
      return sendAnswer(response, {
        ...answering,
        answer: { result: inKind(fault.result, answering.answer) },
      });
    case 'error': {
      const { code, message } = fault;
      return sendAnswer(response, { ...answering, answer: { error: { code, message } } });
    }
  }
}

/** In the stateless protocol every result says what it is. */
function inKind(result: unknown, answer: McpAnswer): JsonObject {
  const kind = 'result' in answer ? answer.result['resultType'] : undefined;
  return { ...(kind !== undefined && { resultType: kind }), ...(isObject(result) ? result : {}) };
}

async function twoAnswers(response: ServerResponse, { id, answer }: Answering): Promise<void> {
  openEvents(response);
  await sendEvent(response, { jsonrpc: '2.0', id, ...answer });
  await sendEvent(response, { jsonrpc: '2.0', id, error: { code: -32_603, message: 'No, it failed' } });
  response.end();
}

async function huge(response: ServerResponse, id: unknown, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  const start = JSON.stringify({ jsonrpc: '2.0', id }).slice(0, -1);
  await write(response, `${start},"result":{"content":[{"type":"text","text":"`);
  const chunk = 'x'.repeat(CHUNK);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += CHUNK) await write(response, chunk);
  response.end('"}]}}');
}

async function drip(response: ServerResponse, { id, answer }: Answering, everyMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (const char of JSON.stringify({ jsonrpc: '2.0', id, ...answer })) {
    if (response.destroyed) return;
    await write(response, char);
    await pause(everyMs, response);
  }
  response.end();
}
