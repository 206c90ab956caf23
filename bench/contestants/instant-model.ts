import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ANSWER, MODEL_ID, READ_NAME } from './work.js';

// OpenAI's Responses API on the loopback, in a program of its own, with both of its answers made beforehand: first a
// call of the tool, then, once the request has the tool's result, the answer. GET says how often it was asked.
// The tool and its arguments can be given, in place of the one that the contestants of bench runs have.
const [name = READ_NAME, args = '{"repo":"acme/ingestion"}'] = process.argv.slice(2);
const CALL = wireAnswer({
  type: 'function_call',
  id: 'fc_68a1f0c2d3e4f5a6b7c8d9e0f1a2b3c4',
  status: 'completed',
  call_id: 'call_bench0000000000000000',
  name,
  arguments: args,
});
const SAID = wireAnswer({
  type: 'message',
  id: 'msg_68a1f0c2d3e4f5a6b7c8d9e0f1a2b3c4',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text: ANSWER, annotations: [], logprobs: [] }],
});

function wireAnswer(item: object): Buffer {
  const usage = {
    input_tokens: 212,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 24,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 236,
  };
  const answer = {
    id: 'resp_68a1f0c2d3e4f5a6b7c8d9e0f1a2b3c4',
    object: 'response',
    created_at: 1_782_864_000,
    status: 'completed',
    error: null,
    incomplete_details: null,
    model: MODEL_ID,
    output: [item],
    usage,
  };
  return Buffer.from(JSON.stringify(answer));
}

let asked = 0;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method === 'GET') {
      response.end(String(asked));
      return;
    }
    asked += 1;
    const body = Buffer.concat(chunks);
    const answer = body.includes('"function_call_output"') ? SAID : CALL;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  process.send?.(`http://127.0.0.1:${port}/v1`);
});
process.on('disconnect', () => process.exit());
