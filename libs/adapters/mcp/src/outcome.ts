import {
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type CallToolResult,
} from '@modelcontextprotocol/client';
import type { WriteResult } from '@openloop/tools';

import { ourError } from './trouble.js';
import { isObject } from './wire.js';

const MOST_WORDS = 400;
const MOST_SUMMARY = 160;
/** The closed list of the effect protocol: with these a server says that it did nothing. */
const REFUSED = new Set([400, 401, 403, 404, 410, 422]);
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

/** A well-formed answer. `isError` is the server's word that it failed, and its words are marked as such. */
export function outcomeOf(result: CallToolResult, tool: string, effectKey: string): WriteResult {
  const words = textOf(result);
  if (result.isError) return { kind: 'failed', reason: `The server says it failed: ${quoted(words)}` };
  const content = result.content.map(blockOf);
  const structured = result.structuredContent;
  return {
    kind: 'done',
    summary: words === '' ? `${tool} answered` : `${tool} answered ${quoted(words, MOST_SUMMARY)}`,
    data: { content, ...(structured !== undefined && { structuredContent: structured }) },
    // The protocol names nothing that was made; this is what the server was told to call it.
    externalId: effectKey,
  };
}

/** What a call that got no such answer may have done. Whatever is not proven to be nothing is unknown. */
export function failureOf(error: unknown): WriteResult {
  const ours = ourError(error);
  if (ours) {
    const kind = ours.code === 'mcp.not_sent' ? 'failed' : 'unknown';
    return { kind, reason: `The server ${ours.message}` };
  }
  if (error instanceof SdkHttpError) return httpFailure(error.status);
  if (error instanceof ProtocolError) return protocolFailure(error);
  return { kind: 'unknown', reason: sdkReason(error) };
}

function httpFailure(status: number): WriteResult {
  const reason = `The server answered with status ${status}`;
  return { kind: REFUSED.has(status) ? 'failed' : 'unknown', reason };
}

function protocolFailure({ code, message }: ProtocolError): WriteResult {
  const isRefusal = code === METHOD_NOT_FOUND || code === INVALID_PARAMS;
  const reason = `The server answered with error ${code}: ${quoted(message)}`;
  return { kind: isRefusal ? 'failed' : 'unknown', reason };
}

function sdkReason(error: unknown): string {
  if (!(error instanceof SdkError)) return 'The call broke off';
  if (error.code === SdkErrorCode.RequestTimeout) return 'The server did not answer in time';
  if (error.code === SdkErrorCode.ConnectionClosed) return 'The server ended before it answered';
  if (error.code === SdkErrorCode.UnsupportedResultType)
    return 'The server wants to know more, which nobody approved telling it';
  return 'The server answered with what does not fit the protocol';
}

type Block = CallToolResult['content'][number];

/** What a model can read of a block; bytes are named, not passed on. */
function blockOf(block: Block): unknown {
  if (block.type === 'text') return { type: 'text', text: block.text };
  if (block.type === 'resource_link') return { type: 'link', name: block.name, uri: block.uri };
  if (block.type === 'resource') {
    const { resource } = block;
    if ('text' in resource) return { type: 'resource', uri: resource.uri, text: resource.text };
    return { type: 'resource', uri: resource.uri, note: 'binary, not shown' };
  }
  return { type: block.type, mimeType: block.mimeType, note: 'binary, not shown' };
}

function textOf({ content, structuredContent }: CallToolResult): string {
  const [first] = content.filter((block) => block.type === 'text');
  if (first) return first.text;
  return isObject(structuredContent) ? JSON.stringify(structuredContent) : '';
}

/** The server's words, on one line and marked as a quote. */
function quoted(words: string, most = MOST_WORDS): string {
  const line = words.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return `“${line.length > most ? `${line.slice(0, most)}…` : line}”`;
}
