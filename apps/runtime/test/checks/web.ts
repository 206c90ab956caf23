import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Servers on the loopback that a test needs, closed after it. */
export class Web {
  readonly #open: Server[] = [];

  /** `null` is no answer at all. Gives the address. */
  async serve(answer: (request: IncomingMessage, text: string) => Reply | null): Promise<string> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const reply = answer(request, text);
        if (reply)
          response.writeHead(reply.status ?? 200, reply.headers).end(JSON.stringify(reply.body ?? {}));
      });
    });
    this.#open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
  }

  async close(): Promise<void> {
    for (const server of this.#open.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}
