import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** A TCP connection to a service that can be cut and mended. While it is cut, nothing listens on its port. */
export class Cable {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;

  private constructor(private readonly target: { host: string; port: number }) {
    this.#server = createServer((near) => this.#join(near));
  }

  /** A cable to what `url` names, and the same URL through it. */
  static async to(url: string, usualPort: number): Promise<{ cable: Cable; url: string }> {
    const through = new URL(url);
    const cable = new Cable({ host: through.hostname, port: Number(through.port || usualPort) });
    await cable.mend();
    through.hostname = HOST;
    through.port = String(cable.#port);
    return { cable, url: through.href };
  }

  async mend(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, HOST, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port; // a TCP server that listens has one
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #join(near: Socket): void {
    const far = connect(this.target.port, this.target.host);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
