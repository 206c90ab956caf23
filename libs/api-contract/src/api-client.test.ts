import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError, Secret } from '@openloop/kernel';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ApiClient } from './api-client.js';
import { ApiError } from './api-error.js';
import { routes } from './routes.js';
import { ContractServer, type Answers } from './testing/contract-server.js';
import { exampleAuditEntry, exampleRun } from './testing/examples.js';

const KEY = 'olk_test';
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

describe('ApiClient', () => {
  it('sends what the table says and gives the checked answer', async () => {
    const { client, server } = await contract({ 'runs.get': () => exampleRun() });

    const run = await client.call(routes['runs.get'], { params: { id: 'run_0000AAAA' } });

    expect(run.answer).toBe('I opened demo/ingestion#1.');
    expect(server.received[0]?.input.params).toEqual({ id: 'run_0000AAAA' });
    expect(server.received[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('keeps a name with a slash in one segment and refuses one that leads upwards', async () => {
    const { client, server } = await contract({ 'runs.get': () => exampleRun() });

    await client.call(routes['runs.get'], { params: { id: '../keys/a b' } });

    expect(server.received[0]?.input.params).toEqual({ id: '../keys/a b' });
    await expect(client.call(routes['runs.get'], { params: { id: '..' } })).rejects.toMatchObject({
      code: 'client.bad_name',
    });
  });

  it('throws what the server says is wrong', async () => {
    const { client } = await contract({
      'runs.get': () => {
        throw new AppError('forbidden', 'scope_required', 'This needs runs:read', { hint: 'Ask an admin' });
      },
    });

    const error = await client
      .call(routes['runs.get'], { params: { id: 'x' } })
      .catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      kind: 'forbidden',
      code: 'scope_required',
      message: 'This needs runs:read',
      hint: 'Ask an admin',
    });
  });

  it('says where nothing answers, without the key', async () => {
    const client = new ApiClient({ server: 'http://127.0.0.1:1', token: new Secret(KEY) });

    const error = await client.call(routes['agents.list'], {}).catch((caught: unknown) => caught);

    expect(error).toMatchObject({ kind: 'unavailable', code: 'client.unreachable' });
    expect(String(error)).toContain('Cannot reach http://127.0.0.1:1');
    expect(JSON.stringify(error)).not.toContain(KEY);
  });

  it.each([
    ['a page with 200', 200, '<html>hello</html>'],
    ['a page with 502', 502, '<html>bad gateway</html>'],
    ['JSON of another shape', 200, '{"items":[]}'],
    ['nothing', 200, ''],
  ])('does not take %s for an answer', async (_, status, body) => {
    const server = await plain((_request, response) => response.writeHead(status).end(body));
    const client = new ApiClient({ server, token: null });

    await expect(client.call(routes['agents.list'], {})).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'client.not_openloop',
    });
  });

  it('does not carry the key to where a redirect points', async () => {
    const server = await plain((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    );
    const client = new ApiClient({ server, token: new Secret(KEY) });

    await expect(client.call(routes['agents.list'], {})).rejects.toMatchObject({
      code: 'client.unreachable',
    });
  });

  it.each([
    ['0.1.0', '0.2.0', true],
    ['0.2.0', '0.2.0', false],
    ['1.0.0', '0.9.9', false],
    ['0.10.0', '0.9.0', false],
  ])(
    'of version %s, told that %s is needed, refuses to go on: %s',
    async (clientVersion, needed, isRefused) => {
      const page = JSON.stringify({ data: [], next_cursor: null, has_more: false });
      const server = await plain((_request, response) =>
        response.writeHead(200, { 'openloop-min-client': needed }).end(page),
      );

      const call = new ApiClient({ server, token: null, clientVersion }).call(routes['agents.list'], {});

      if (isRefused) await expect(call).rejects.toMatchObject({ code: 'client.too_old' });
      else await expect(call).resolves.toMatchObject({ data: [] });
    },
  );
});

describe('ApiClient.stream', () => {
  it('gives events in order, takes a lost stream up again where it ended, and stops when the server says so', async () => {
    const { client, server } = await contract({
      'events.stream': (_input, headers) => {
        const after = Number(headers['last-event-id'] ?? 0);
        return after === 4 ? null : eventsAfter(after);
      },
    });

    const seen: string[] = [];
    for await (const { id, data } of client.stream(routes['events.stream'], {}))
      seen.push(`${id} ${data.name}`);

    expect(seen).toEqual(['1 run.started', '2 run.started', '3 run.started', '4 run.started']);
    expect(server.received.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '4']);
  });

  it('throws a refusal instead of asking again', async () => {
    const { client, server } = await contract({
      'events.stream': () => {
        throw new AppError('unauthenticated', 'key_revoked', 'The API key was revoked');
      },
    });

    await expect(client.stream(routes['events.stream'], {}).next()).rejects.toMatchObject({
      code: 'key_revoked',
    });
    expect(server.received).toHaveLength(1);
  });

  it('ends quietly when it is told to stop', async () => {
    const { client } = await contract({ 'events.stream': () => endless() });
    const stop = new AbortController();

    const seen: string[] = [];
    for await (const { id } of client.stream(routes['events.stream'], {}, { signal: stop.signal })) {
      seen.push(id);
      stop.abort();
    }

    expect(seen).toEqual(['1']);
  });
});

async function contract(answers: Answers): Promise<{ client: ApiClient; server: ContractServer }> {
  const server = await ContractServer.start(answers);
  open.push(server);
  return { server, client: new ApiClient({ server: server.url, token: new Secret(KEY) }) };
}

async function plain(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
}

async function* eventsAfter(after: number) {
  for (const seq of [after + 1, after + 2]) yield eventOf(seq);
}

async function* endless() {
  yield eventOf(1);
  await new Promise<never>(() => undefined);
}

function eventOf(seq: number) {
  return { id: String(seq), event: 'run.started', data: exampleAuditEntry({ seq, name: 'run.started' }) };
}
