import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const POSTGRES_PORT = 5432;

/** A line to a server on which whatever is sent takes its time, in both directions. */
export class SlowLine {
  /** One way; what is sent from now on takes this long. */
  oneWayMs = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));

  private constructor(private readonly target: URL) {}

  /** A line to what `url` names, and the same URL through it. */
  static async to(url: string): Promise<{ line: SlowLine; url: string }> {
    const through = new URL(url);
    const line = new SlowLine(new URL(url));
    await new Promise<void>((resolve) => line.#server.listen(0, HOST, resolve));
    through.hostname = HOST;
    through.port = String((line.#server.address() as AddressInfo).port); // a TCP server that listens has one
    return { line, url: through.href };
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket): void {
    const far = connect(Number(this.target.port || POSTGRES_PORT), this.target.hostname);
    this.#carry(near, far);
    this.#carry(far, near);
  }

  #carry(from: Socket, to: Socket): void {
    const underWay = new UnderWay((chunk) => to.write(chunk));
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => underWay.add(chunk, this.oneWayMs));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      setTimeout(() => to.destroy(), this.oneWayMs);
    });
  }
}

/** Bytes on their way: none overtakes another, also when the way becomes shorter. */
class UnderWay {
  readonly #chunks: { chunk: Buffer; dueAt: number }[] = [];

  constructor(private readonly arrive: (chunk: Buffer) => void) {}

  add(chunk: Buffer, takesMs: number): void {
    if (takesMs === 0 && this.#chunks.length === 0) return this.arrive(chunk);
    this.#chunks.push({ chunk, dueAt: performance.now() + takesMs });
    if (this.#chunks.length === 1) this.#wait(takesMs);
  }

  #wait(ms: number): void {
    setTimeout(
      () => {
        const now = performance.now();
        for (let first = this.#chunks[0]; first && first.dueAt <= now; first = this.#chunks[0]) {
          this.#chunks.shift();
          this.arrive(first.chunk);
        }
        const next = this.#chunks[0];
        if (next) this.#wait(next.dueAt - now);
      },
      Math.max(0, ms),
    );
  }
}
