import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Secret } from '@openloop/kernel';
import { SlackSimulator, type SlackLoopback, type SlackSimulatorOptions } from '@openloop/simulators';
import type { ToShow } from '@openloop/surfaces';

import type { SlackOptions } from '../../src/options.js';
import { slackSurface, type ConnectedSurface } from '../../src/slack-surface.js';
import { DETAILS, RecordingDesk } from '../../src/receive/testing/recording-desk.js';

export type Mode = SlackOptions['mode']['kind'];

/** A workspace with one channel and one person in it, and the surface connected to it. */
export class World {
  readonly desk = new RecordingDesk();
  readonly logged: string[] = [];
  readonly dev: string;
  readonly priya: string;
  readonly surface: ConnectedSurface;
  readonly #server: Server;
  readonly #loopback: SlackLoopback;

  private constructor(
    mode: Mode,
    readonly slack: SlackSimulator,
    { loopback, override }: { loopback: SlackLoopback; override: Partial<SlackOptions> },
  ) {
    this.#loopback = loopback;
    this.dev = this.slack.seedChannel({ name: 'dev' });
    this.priya = this.slack.seedUser({ name: 'priya', realName: 'Priya N.' });
    const say = (_fields: object, message: string): void => void this.logged.push(message);
    this.surface = slackSurface(
      {
        botToken: new Secret(this.slack.botToken),
        mode:
          mode === 'socket'
            ? { kind: 'socket', appToken: new Secret(this.slack.appToken) }
            : { kind: 'http', signingSecret: new Secret(this.slack.signingSecret) },
        apiUrl: loopback.apiUrl,
        log: { error: say, warn: say, info: say },
        timings: { reconnectMs: 20, drainMs: 2_000 },
        ...override,
      },
      this.desk,
    );
    this.#server = createServer(
      this.surface.httpHandler ?? ((_request, response) => response.writeHead(404).end()),
    );
  }

  static async make(
    mode: Mode,
    options: SlackSimulatorOptions = {},
    override: Partial<SlackOptions> = {},
  ): Promise<World> {
    const slack = new SlackSimulator({ retryDelaysMs: [10, 50, 250], ...options });
    return new World(mode, slack, { loopback: await slack.start(), override });
  }

  static async start(mode: Mode, options: SlackSimulatorOptions = {}): Promise<World> {
    const world = await World.make(mode, options);
    await world.surface.start();
    if (mode === 'http') await world.slack.deliverTo(await world.listen());
    return world;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo; // listening on a port, not on a pipe
    return `http://127.0.0.1:${port}/slack/events`;
  }

  /** A card in a thread, as the surface shows it. */
  async card(): Promise<{ channel: string; ts: string }> {
    const said = await this.slack.says(this.priya, this.dev, 'please open an issue');
    const { card } = DETAILS;
    const buttons = {
      approve: 'the-approve-token',
      deny: 'the-deny-token',
      details: 'the-details-token',
      confirm: false,
    };
    const wanted: ToShow = {
      deliveryId: 'dlv_1',
      thread: { surface: 'slack', channel: this.dev, key: `${this.dev}/${said.thread}` },
      rendering: { kind: 'approval', card, buttons, accessibleName: 'Approve: create issue' },
      refs: [],
      mustLook: false,
    };
    const shown = await this.surface.show(wanted);
    if (shown.kind !== 'shown') throw new Error(`Not shown: ${shown.reason}`);
    return { channel: this.dev, ts: shown.refs[0]?.split('/')[1] ?? '' };
  }

  async close(): Promise<void> {
    await this.surface.stop();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#loopback.close();
  }
}
