import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from '@jest/globals';

import { leanFetch } from './lean-fetch.js';

const servers: (Server | TcpServer)[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

describe('leanFetch', () => {
  it('sends method, headers and body, and hands back status, headers and body', async () => {
    const url = await serve((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        response.writeHead(201, { 'x-kind': 'echo', 'set-cookie': ['a=1', 'b=2'] });
        response.end(`${request.method} ${request.headers['x-key']} ${text}`);
      });
    });

    const response = await leanFetch()(`${url}/a`, {
      method: 'POST',
      headers: { 'X-Key': 'k' },
      body: 'Grüße',
    });

    expect({ status: response.status, kind: response.headers.get('x-kind') }).toEqual({
      status: 201,
      kind: 'echo',
    });
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('POST k Grüße');
  });

  it('uses one connection for requests that follow each other', async () => {
    let connections = 0;
    const url = await serve(
      (_, response) => response.end('ok'),
      (server) => server.on('connection', () => (connections += 1)),
    );
    const fetch = leanFetch();

    for (let round = 0; round < 5; round += 1) await (await fetch(url)).text();

    expect(connections).toBe(1);
  });

  it('hands on each piece as it comes', async () => {
    let sendRest: () => void = () => undefined;
    const url = await serve((_, response) => {
      response.write('first');
      sendRest = () => response.end('second');
    });

    const reader = readerOf(await leanFetch()(url));
    const first = await reader.read();
    sendRest();
    const second = await reader.read();

    expect([first, second].map(({ value }) => Buffer.from(value ?? []).toString())).toEqual([
      'first',
      'second',
    ]);
    expect((await reader.read()).done).toBe(true);
  });

  it('carries a long answer whole', async () => {
    const long = 'x'.repeat(3_000_000);
    const url = await serve((_, response) => response.end(long));

    expect(await (await leanFetch()(url)).text()).toHaveLength(long.length);
  });

  it('unpacks an answer that was packed though nobody asked for it', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('unpacked'));
    });

    expect(await (await leanFetch()(url)).text()).toBe('unpacked');
  });

  it('hands a redirect back, so that a key never travels to another host', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });

    expect((await leanFetch()(url)).status).toBe(302);
    expect(asked).toEqual(['/']);
  });

  it('closes the connection when the signal says so in the middle of an answer', async () => {
    const stop = new AbortController();
    let closed: () => void = () => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const url = await serve((_, response) => {
      response.on('close', closed);
      response.write('first');
    });

    const reader = readerOf(await leanFetch()(url, { signal: stop.signal }));
    await reader.read();
    stop.abort();

    await expect(reader.read()).rejects.toMatchObject({ name: 'AbortError' });
    await isClosed;
  });

  it('closes the connection when the reader has had enough', async () => {
    let closed: () => void = () => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const url = await serve((_, response) => {
      response.on('close', closed);
      response.write('first');
    });

    const reader = readerOf(await leanFetch()(url));
    await reader.read();
    await reader.cancel();

    await expect(isClosed).resolves.toBeUndefined();
  });

  it('says of a refused connection that there never was one', async () => {
    const failed = leanFetch()('http://127.0.0.1:9/');

    await expect(failed).rejects.toMatchObject({
      name: 'NetworkFailure',
      phase: 'connecting',
      code: 'ECONNREFUSED',
    });
  });

  it('gives up on a handshake that never ends', async () => {
    const silent = await listening(createTcpServer(() => undefined));
    const failed = leanFetch({ connectMs: 50 })(`https://127.0.0.1:${silent}/`);

    await expect(failed).rejects.toMatchObject({ phase: 'connecting', code: 'ETIMEDOUT' });
  });

  it('gives up on a server that stays silent, before the answer and within it', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/within') response.write('first');
    });
    const fetch = leanFetch({ idleMs: 50 });

    await expect(fetch(`${url}/before`)).rejects.toMatchObject({ phase: 'waiting', code: 'ETIMEDOUT' });
    await expect((await fetch(`${url}/within`)).text()).rejects.toMatchObject({
      phase: 'answering',
      code: 'ETIMEDOUT',
    });
  });

  it('fails when the connection breaks in the middle of an answer', async () => {
    const url = await serve((_, response) => {
      response.write('first', () => response.socket?.resetAndDestroy());
    });

    const text = (async () => (await leanFetch()(url)).text())();

    await expect(text).rejects.toMatchObject({ name: 'NetworkFailure', code: 'ECONNRESET' });
  });
});

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error('The answer has no body');
  return response.body.getReader();
}

async function serve(
  listener: RequestListener,
  prepare: (server: Server) => void = () => undefined,
): Promise<string> {
  const server = createServer(listener);
  prepare(server);
  return `http://127.0.0.1:${await listening(server)}`;
}

async function listening(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address with a port.
  return (server.address() as AddressInfo).port;
}
