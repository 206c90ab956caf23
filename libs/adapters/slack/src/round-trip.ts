import { AppError, messageOf, randomChars } from '@openloop/kernel';
import { failed, warned, well, type Account, type Check } from '@openloop/surfaces';

/** The button of a test card. Its value is the nonce that {@link RoundTrips.pressed} wants. */
export const ROUND_TRIP_ACTION = 'openloop.round_trip';

/** As much of the Web API as a round trip needs; `SlackWeb` has it. */
interface RoundTripWeb {
  call<T>(method: string, args: Record<string, unknown>, more?: { channel?: string }): Promise<T>;
}

interface Waiting {
  channelId: string;
  press: (by: Account) => void;
}

const NONCE_CHARS = 26;
const CHANNEL_HINTS: Readonly<Record<string, string>> = {
  channel_not_found: 'Name a channel that the bot sees: it must be invited to a private one first',
  not_in_channel: 'Invite the bot in that channel: /invite @openloop',
  is_archived: 'Unarchive the channel, or name another one',
  missing_scope: 'See which scope is missing with `openloop doctor slack`',
  invalid_auth: 'See what is wrong with the token with `openloop doctor slack`',
};

/** Cards that wait for a press that decides nothing: what goes out, comes back, and goes out again. */
export class RoundTrips {
  readonly #waiting = new Map<string, Waiting>();

  constructor(
    private readonly web: RoundTripWeb,
    /** Gives an id for `#name`. */
    private readonly channelId: (channel: string) => Promise<string>,
  ) {}

  /**
   * Whether somebody waits for this press. The caller has verified that Slack sent it, and who pressed; a nonce is
   * good once, and only in the channel it was posted in.
   */
  pressed(nonce: string, by: Account, channelId: string | null): boolean {
    const waiting = this.#waiting.get(nonce);
    if (!waiting || waiting.channelId !== channelId) return false;
    this.#waiting.delete(nonce);
    waiting.press(by);
    return true;
  }

  /** Posts a card, waits for its button, and updates the card. Each step is a check; the first that fails is the last. */
  async run(channel: string, withinMs: number): Promise<Check[]> {
    const steps: Check[] = [];
    try {
      const nonce = randomChars(NONCE_CHARS);
      const channelId = await this.channelId(channel);
      const { promise, resolve } = Promise.withResolvers<Account>();
      this.#waiting.set(nonce, { channelId, press: resolve });
      try {
        const ts = await this.#post(channelId, nonce);
        steps.push(well('post', `the card is in ${channel}`));
        steps.push(...(await this.#wait({ channelId, ts, withinMs, pressed: promise })));
      } finally {
        this.#waiting.delete(nonce);
      }
    } catch (error) {
      const code = error instanceof AppError ? error.code : codeOf(error);
      const hint = CHANNEL_HINTS[code.replace(/^slack\./, '')];
      const step = steps.length === 0 ? 'post' : 'update';
      const fix = hint ?? (error instanceof AppError ? error.hint : undefined);
      steps.push(failed(step, messageOf(error), fix ?? 'See `openloop doctor slack`'));
    }
    return steps;
  }

  async #post(channel: string, nonce: string): Promise<string> {
    const args = { channel, ...testCard(nonce), unfurl_links: false, unfurl_media: false };
    const { ts } = await this.web.call<{ ts: string }>('chat.postMessage', args, { channel });
    return ts;
  }

  async #wait(posted: {
    channelId: string;
    ts: string;
    withinMs: number;
    pressed: Promise<Account>;
  }): Promise<Check[]> {
    const { channelId: channel, ts, withinMs, pressed } = posted;
    const startedAt = performance.now();
    const by = await within(withinMs, pressed);
    if (by === null) {
      const words = `nobody’s press arrived within ${Math.round(withinMs / 1000)} s`;
      await this.#update(channel, ts, '⌛ Nobody pressed in time. Nothing was done.').catch(() => undefined);
      return [failed('press', words, NOTHING_CAME)];
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const press = well('press', `${by.name} (${by.id}) pressed, it arrived after ${seconds} s`);
    await this.#update(channel, ts, '✅ The way out and the way back work. Nothing was done.');
    return [press, ...outsiderCheck(by), well('update', 'the card says ✅')];
  }

  async #update(channel: string, ts: string, text: string): Promise<void> {
    await this.web.call('chat.update', { channel, ts, text, blocks: [paragraph(text)] }, { channel });
  }
}

const NOTHING_CAME =
  'If somebody did press: Socket Mode needs SLACK_APP_TOKEN of the same app; HTTP needs the address of ' +
  '`openloop slack manifest --http` to reach this server and the right SLACK_SIGNING_SECRET; then see `openloop doctor slack`';

function outsiderCheck({ name, outsider }: Account): Check[] {
  if (outsider === null) return [];
  const fix = 'Let a full member of the workspace press it to see that too';
  return [warned('who', `${name} could not decide on a real card: ${outsider}`, fix)];
}

function testCard(nonce: string) {
  const text = '🔔 A test of OpenLoop: does this button work? It does nothing else.';
  const button = {
    type: 'button',
    action_id: ROUND_TRIP_ACTION,
    value: nonce,
    text: { type: 'plain_text', text: 'It works' },
  };
  return { text, blocks: [paragraph(text), { type: 'actions', elements: [button] }] };
}

function paragraph(text: string) {
  return { type: 'section', text: { type: 'plain_text', text, emoji: true } };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
