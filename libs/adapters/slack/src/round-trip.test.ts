import { describe, expect, it } from '@jest/globals';
import type { Account } from '@openloop/surfaces';

import { ROUND_TRIP_ACTION, RoundTrips } from './round-trip.js';

const PRIYA: Account = { surface: 'slack', id: 'T0ACME/U0PRIYA', name: 'Priya', outsider: null };
const LONG_MS = 60_000;

describe('a round trip', () => {
  it('posts, waits for the press, and says so on the card', async () => {
    const slack = new FakeWeb();
    const trips = tripsOn(slack);
    const run = trips.run('#dev', LONG_MS);

    expect(trips.pressed(await slack.nonce(), PRIYA, 'C0DEV')).toBe(true);

    expect(await run).toMatchObject([
      { name: 'post', status: 'ok' },
      { name: 'press', status: 'ok', words: expect.stringContaining('Priya (T0ACME/U0PRIYA)') },
      { name: 'update', status: 'ok' },
    ]);
    expect(slack.calls.map(({ method }) => method)).toEqual(['chat.postMessage', 'chat.update']);
    expect(slack.calls[1]?.args).toMatchObject({
      channel: 'C0DEV',
      ts: '17.1',
      text: expect.stringMatching(/^✅/),
    });
    expect(JSON.stringify(slack.calls[1]?.args)).not.toContain(ROUND_TRIP_ACTION);
  });

  it('takes a press once, and not from another channel or of another card', async () => {
    const slack = new FakeWeb();
    const trips = tripsOn(slack);
    const run = trips.run('#dev', LONG_MS);
    const nonce = await slack.nonce();

    expect(trips.pressed(nonce, PRIYA, 'C0OTHER')).toBe(false);
    expect(trips.pressed(nonce, PRIYA, null)).toBe(false);
    expect(trips.pressed(`${nonce}0`, PRIYA, 'C0DEV')).toBe(false);
    expect(trips.pressed(nonce, PRIYA, 'C0DEV')).toBe(true);
    expect(trips.pressed(nonce, PRIYA, 'C0DEV')).toBe(false);
    await run;
  });

  it('gives up after its time, says what to look at, and forgets the card', async () => {
    const slack = new FakeWeb();
    const trips = tripsOn(slack);
    const steps = await trips.run('#dev', 1);

    expect(steps).toMatchObject([
      { name: 'post', status: 'ok' },
      { name: 'press', status: 'error', fix: expect.stringContaining('openloop doctor slack') },
    ]);
    expect(slack.calls[1]?.args).toMatchObject({ text: expect.stringContaining('Nobody pressed') });
    expect(trips.pressed(await slack.nonce(), PRIYA, 'C0DEV')).toBe(false);
  });

  it('says what to do when it cannot post', async () => {
    const slack = new FakeWeb({ 'chat.postMessage': 'not_in_channel' });

    expect(await tripsOn(slack).run('#dev', LONG_MS)).toEqual([
      { name: 'post', status: 'error', words: 'not_in_channel', fix: expect.stringContaining('/invite') },
    ]);
  });

  it('does not call a card updated that is not', async () => {
    const slack = new FakeWeb({ 'chat.update': 'ratelimited' });
    const trips = tripsOn(slack);
    const run = trips.run('#dev', LONG_MS);
    trips.pressed(await slack.nonce(), PRIYA, 'C0DEV');

    expect(await run).toMatchObject([{ name: 'post' }, { name: 'update', status: 'error' }]);
  });

  it('warns when a guest pressed, who could not decide', async () => {
    const slack = new FakeWeb();
    const trips = tripsOn(slack);
    const run = trips.run('#dev', LONG_MS);
    trips.pressed(await slack.nonce(), { ...PRIYA, outsider: 'guest' }, 'C0DEV');

    expect(await run).toContainEqual(expect.objectContaining({ name: 'who', status: 'warning' }));
  });
});

function tripsOn(slack: FakeWeb): RoundTrips {
  return new RoundTrips(slack, () => Promise.resolve('C0DEV'));
}

interface Called {
  method: string;
  args: Record<string, unknown>;
}

class FakeWeb {
  readonly calls: Called[] = [];
  readonly #posted = Promise.withResolvers<string>();

  constructor(private readonly refusals: Readonly<Record<string, string>> = {}) {}

  call<T>(method: string, args: Record<string, unknown>): Promise<T> {
    this.calls.push({ method, args });
    const refusal = this.refusals[method];
    if (refusal) return Promise.reject(Object.assign(new Error(refusal), { code: refusal }));
    const value = /"value":"(\w+)"/.exec(JSON.stringify(args))?.[1];
    if (value) this.#posted.resolve(value);
    return Promise.resolve({ ok: true, ts: '17.1' } as T); // the two calls there are give this
  }

  /** What the card's button carries. */
  nonce(): Promise<string> {
    return this.#posted.promise;
  }
}
