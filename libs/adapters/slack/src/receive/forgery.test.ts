import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import {
  envelope,
  HttpRig,
  message,
  press,
  sign,
  SIGNING_SECRET,
  type Raw,
} from '../../test/inbound/http-rig.js';

const SEED = 20_261_121;
const EACH = 20;
const FORM = 'application/x-www-form-urlencoded';

/** Numbers below `most` that are the same for the same seed (a linear congruential generator, Numerical Recipes). */
function dice(seed: number): (most: number) => number {
  let state = seed >>> 0;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

interface Original {
  body: string;
  type: string;
  timestamp: string;
  signature: string;
}

/** Something Slack might have signed just now: a message, a press, a reaction. */
function original(roll: (most: number) => number, now: number): Original {
  const nonce = `${roll(1e9)}`;
  const payloads = [
    envelope(message({ text: `<@U0BOT> ${nonce}` })),
    press({ action_id: 'approval.approve', value: nonce }),
    envelope({
      type: 'reaction_added',
      user: 'U0MAX',
      reaction: 'mute',
      item_user: 'U0BOT',
      item: { type: 'message', channel: 'C0DEV', ts: '1700000001.000100' },
      nonce,
    }),
  ];
  const payload = payloads[roll(payloads.length)] ?? {};
  const isPress = payload.type === 'block_actions';
  const json = JSON.stringify(payload);
  const body = isPress ? new URLSearchParams({ payload: json }).toString() : json;
  const timestamp = String(now - roll(300));
  const type = isPress ? FORM : 'application/json';
  return { body, type, timestamp, signature: sign(SIGNING_SECRET, timestamp, body) };
}

function raw({ body, type, timestamp, signature }: Original, more: Raw['headers'] = []): Raw {
  const pairs: Raw['headers'] = [
    ['Content-Type', type],
    ['X-Slack-Request-Timestamp', timestamp],
    ['X-Slack-Signature', signature],
    ...more,
  ];
  return { body, headers: pairs };
}

type Forge = (real: Original, roll: (most: number) => number, now: number) => Raw;

function resigned(real: Original, timestamp: number): Raw {
  return raw({
    ...real,
    timestamp: String(timestamp),
    signature: sign(SIGNING_SECRET, String(timestamp), real.body),
  });
}

/** How to make something Slack did not send out of something it did, and what it must be called. */
const CLASSES: readonly [name: string, reason: string, forge: Forge][] = [
  ['no signature', 'signature_missing', (real) => ({ ...raw(real), headers: raw(real).headers.slice(0, 2) })],
  [
    'no timestamp',
    'timestamp_missing',
    (real) => ({ ...raw(real), headers: raw(real).headers.toSpliced(1, 1) }),
  ],
  ['an old signature', 'timestamp_too_old', (real, roll, now) => resigned(real, now - 301 - roll(1e6))],
  ['a future signature', 'timestamp_in_future', (real, roll, now) => resigned(real, now + 301 + roll(1e6))],
  [
    'another app’s secret',
    'signature_wrong',
    (real, roll) =>
      raw({ ...real, signature: sign(`${SIGNING_SECRET}${roll(9)}`, real.timestamp, real.body) }),
  ],
  [
    'a random signature',
    'signature_wrong',
    (real, roll) => {
      const digits = Array.from({ length: 64 }, () => roll(16).toString(16)).join('');
      return raw({ ...real, signature: `v0=${digits}` });
    },
  ],
  [
    'version v1',
    'signature_version_unknown',
    (real) => raw({ ...real, signature: sign(SIGNING_SECRET, real.timestamp, real.body, 'v1') }),
  ],
  [
    'a body written anew',
    'signature_wrong',
    (real) => raw({ ...real, body: real.type === FORM ? real.body.replaceAll('%22', '"') : ` ${real.body}` }),
  ],
  [
    'one byte changed',
    'signature_wrong',
    (real, roll) => {
      const at = roll(real.body.length);
      const other = real.body[at] === 'x' ? 'y' : 'x';
      return raw({ ...real, body: real.body.slice(0, at) + other + real.body.slice(at + 1) });
    },
  ],
  [
    'a truncated body',
    'signature_wrong',
    (real, roll) => raw({ ...real, body: real.body.slice(0, roll(real.body.length)) }),
  ],
  [
    'a truncated signature',
    'signature_malformed',
    (real, roll) => raw({ ...real, signature: real.signature.slice(0, 3 + roll(64)) }),
  ],
  [
    'two signatures in different spellings',
    'signature_repeated',
    (real) => raw(real, [['x-slack-SIGNATURE', real.signature]]),
  ],
  [
    'two timestamps in different spellings',
    'timestamp_repeated',
    (real, _roll, now) => raw(real, [['x-slack-request-TIMESTAMP', String(now)]]),
  ],
  [
    'a timestamp that is no number of seconds',
    'timestamp_malformed',
    (real, roll) => {
      const odd = ['NaN', '1e999', '0x10', '+1', '1.5', '', 'Infinity', '9'.repeat(20)];
      const timestamp = odd[roll(odd.length)] || ' 1 2';
      return raw({ ...real, timestamp, signature: sign(SIGNING_SECRET, timestamp, real.body) });
    },
  ],
];

describe('forged and replayed deliveries', () => {
  let rig: HttpRig;
  const roll = dice(SEED);

  beforeEach(async () => {
    rig = await HttpRig.start();
  });

  afterEach(async () => {
    await rig.close();
  });

  const now = (): number => Math.floor(rig.clock.now().getTime() / 1000);

  it.each(CLASSES)(
    'with %s: 20 of 20 are answered 401 and are on record as %s',
    async (_name, reason, forge) => {
      for (let count = 0; count < EACH; count += 1) {
        const sent = await rig.send(forge(original(roll, now()), roll, now()));
        expect(sent).toEqual({ status: 401, body: { error: reason } });
      }
      await rig.settle();
      expect(rig.desk.reasons()).toEqual({ [reason]: EACH });
      expect(rig.desk.reached).toBe(0);
    },
  );

  it('that are signed for another team: 20 of 20 are ignored and on record', async () => {
    for (let count = 0; count < EACH; count += 1) {
      const [team, text] = [`T0OTHER${roll(99)}`, `${roll(1e9)}`];
      const isPress = roll(2) === 0;
      const click = press({ action_id: 'approval.approve', value: text }, { team: { id: team } });
      const sent = await (isPress ? rig.interaction(click) : rig.event(message({ text }), { team_id: team }));
      expect(sent.status).toBe(200);
    }
    await rig.settle();
    expect(rig.desk.reasons()).toEqual({ team_unknown: EACH });
    expect(rig.desk.reached).toBe(0);
  });

  it('that were let in once: 20 of 20 presses are refused the second time, up to 600 s later', async () => {
    for (let count = 0; count < EACH; count += 1) {
      const click = press({ action_id: 'approval.approve', value: `${roll(1e9)}` });
      const body = new URLSearchParams({ payload: JSON.stringify(click) }).toString();
      const captured = rig.signed(body, { type: FORM });
      expect((await rig.send(captured)).status).toBe(200);
      rig.clock.advance(roll(300) * 1_000);
      expect(await rig.send(captured)).toEqual({ status: 401, body: { error: 'replayed' } });
    }
    await rig.settle();
    expect(rig.desk.decided).toHaveLength(EACH);
    expect(rig.desk.reasons()).toEqual({ replayed: EACH });
  });

  it('in a flood cost the audit 21 lines a second and are all counted', async () => {
    for (let count = 0; count < 150; count += 1) await rig.send({ body: '', headers: [] });
    rig.clock.advance(1_000);
    await rig.send({ body: '', headers: [] });
    await rig.settle();
    expect(rig.desk.away).toHaveLength(22);
    expect(rig.desk.reasons()).toEqual({ timestamp_missing: 151 });
  });
});
