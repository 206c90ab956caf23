import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { eventually } from './testing/eventually.js';
import {
  envelope,
  HttpRig,
  message,
  press,
  sign,
  SIGNING_SECRET,
  type Raw,
} from '../../test/inbound/http-rig.js';

const BODY = JSON.stringify(envelope(message()));

let rig: HttpRig;

beforeEach(async () => {
  rig = await HttpRig.start({ bodyMs: 300 });
});

afterEach(async () => {
  await rig.close();
});

function nowSeconds(): number {
  return Math.floor(rig.clock.now().getTime() / 1000);
}

function signedAt(timestamp: string, body = BODY): Raw['headers'] {
  return [
    ['content-type', 'application/json'],
    ['x-slack-request-timestamp', timestamp],
    ['x-slack-signature', sign(SIGNING_SECRET, timestamp, body)],
  ];
}

/** A rightly signed request with one header changed, taken out, or sent twice. */
function having(name: string, change: (value: string) => string[]): Raw['headers'] {
  return signedAt(String(nowSeconds())).flatMap((pair) =>
    pair[0] === name ? change(pair[1]).map((value): [string, string] => [name, value]) : [pair],
  );
}

const SIGNATURE = 'x-slack-signature';
const TIMESTAMP = 'x-slack-request-timestamp';

const REFUSED: readonly [name: string, reason: string, headers: () => Raw['headers']][] = [
  ['75 without a signature', 'signature_missing', () => having(SIGNATURE, () => [])],
  ['75 without a timestamp', 'timestamp_missing', () => having(TIMESTAMP, () => [])],
  ['76 of version v1', 'signature_version_unknown', () => having(SIGNATURE, (v) => [v.replace('v0', 'v1')])],
  [
    '77 in upper case',
    'signature_malformed',
    () => having(SIGNATURE, (v) => [`v0=${v.slice(3).toUpperCase()}`]),
  ],
  ['77 one digit short', 'signature_malformed', () => having(SIGNATURE, (v) => [v.slice(0, -1)])],
  ['77 one digit long', 'signature_malformed', () => having(SIGNATURE, (v) => [`${v}0`])],
  ['77 not hexadecimal', 'signature_malformed', () => having(SIGNATURE, (v) => [`${v.slice(0, -1)}g`])],
  ['77 of no shape', 'signature_malformed', () => having(SIGNATURE, () => ['\u00e9'])],
  ['77 with one digit changed', 'signature_wrong', () => having(SIGNATURE, (v) => [flipped(v)])],
  ['78 of 301 s ago', 'timestamp_too_old', () => signedAt(String(nowSeconds() - 301))],
  ['78 of 301 s ahead', 'timestamp_in_future', () => signedAt(String(nowSeconds() + 301))],
  ['78 at NaN', 'timestamp_malformed', () => signedAt('NaN')],
  ['78 at 1e999', 'timestamp_malformed', () => signedAt('1e999')],
  ['78 at a fraction', 'timestamp_malformed', () => signedAt(`${nowSeconds()}.0`)],
  ['78 at a negative time', 'timestamp_malformed', () => signedAt('-1')],
  ['78 with two timestamps', 'timestamp_repeated', () => having(TIMESTAMP, (v) => [v, v])],
  ['78 with two signatures', 'signature_repeated', () => having(SIGNATURE, (v) => [v, v])],
  [
    '78 with a timestamp moved after signing',
    'signature_wrong',
    () => having(TIMESTAMP, (v) => [String(Number(v) - 1)]),
  ],
];

function flipped(signature: string): string {
  return signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0');
}

describe('a request that Slack did not sign', () => {
  it.each(REFUSED)('%s is refused with 401 %s, and that goes on record', async (_name, reason, headers) => {
    const sent = await rig.send({ body: BODY, headers: headers() });
    await rig.settle();
    expect(sent).toEqual({ status: 401, body: { error: reason } });
    expect(rig.desk.away).toEqual([{ reason, facts: { from: '127.0.0.1' } }]);
    expect(rig.desk.heard).toEqual([]);
  });

  it('79 with a body that was written anew is refused', async () => {
    const sent = await rig.send({
      body: JSON.stringify(JSON.parse(BODY), null, 1),
      headers: signedAt(String(nowSeconds())),
    });
    expect(sent.body).toEqual({ error: 'signature_wrong' });
  });

  it('82 that only wants its address verified is refused too', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    const unsigned = await rig.send({ body, headers: [['content-type', 'application/json']] });
    expect(unsigned.status).toBe(401);
    expect(await rig.send(rig.signed(body))).toEqual({ status: 200, body: { challenge: 'abc' } });
  });

  it('is not held against it within 300 s either way', async () => {
    for (const skew of [-300, 300]) {
      const sent = await rig.send({ body: BODY, headers: signedAt(String(nowSeconds() + skew)) });
      expect(sent.status).toBe(200);
    }
  });
});

describe('a body', () => {
  it('of more than 1 MiB is answered 413 and not read to its end', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024, 'x');
    const declared = await rig.send({ body, headers: signedAt(String(nowSeconds()), 'x') });
    expect(declared).toEqual({ status: 413, body: { error: 'body_too_large' } });
  });

  it('that is signed and cannot be read is answered 400', async () => {
    for (const body of ['', '{', '[]', 'null', '"x"']) {
      expect((await rig.send(rig.signed(body))).status).toBe(400);
    }
  });

  it('with other bytes than UTF-8 is judged by its bytes', async () => {
    const body = Buffer.concat([
      Buffer.from(BODY.slice(0, -1)),
      Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ]);
    const timestamp = String(nowSeconds());
    const headers: Raw['headers'] = [
      ['content-type', 'application/json'],
      [TIMESTAMP, timestamp],
      [SIGNATURE, sign(SIGNING_SECRET, timestamp, body)],
    ];
    expect((await rig.send({ body, headers })).status).toBe(200);
  });

  it('of another method is not looked at', async () => {
    expect((await rig.send({ body: '', headers: [], method: 'PUT' })).status).toBe(405);
  });
});

describe('what Slack is told', () => {
  it('is 200 only after the message is kept', async () => {
    const { promise: kept, resolve: keep } = Promise.withResolvers<void>();
    rig.desk.onHear = async () => {
      await kept;
      return { kind: 'queued', runId: 'run_1', isNew: true };
    };
    let status = 0;
    const sent = rig.event(message()).then((answer) => (status = answer.status));
    await eventually(() => rig.desk.heard.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(status).toBe(0);
    keep();
    expect(await sent).toBe(200);
  });

  it('is 503 when the message could not be kept, and the retry is heard', async () => {
    rig.desk.onHear = () => Promise.reject(new Error('the database is away'));
    expect((await rig.event(message())).status).toBe(503);
    rig.desk.onHear = () => Promise.resolve({ kind: 'queued', runId: 'run_1', isNew: true });
    const retry: Raw['headers'] = [
      ['x-slack-retry-num', '1'],
      ['x-slack-retry-reason', 'http_error'],
    ];
    expect((await rig.event(message(), {}, retry)).status).toBe(200);
    expect(rig.desk.heard).toHaveLength(2);
  });

  it('81 is 200 for a retry that is seen here for the first time, and it is heard', async () => {
    const retry: Raw['headers'] = [
      ['x-slack-retry-num', '3'],
      ['x-slack-retry-reason', 'http_timeout'],
    ];
    expect((await rig.event(message(), {}, retry)).status).toBe(200);
    expect(rig.desk.heard).toHaveLength(1);
  });

  it('80 is 200 for the same event twice, with one key for the inbox to know it by', async () => {
    await rig.event(message({ text: '<@U0BOT> hi' }));
    const again = await rig.event(
      message({ type: 'app_mention', text: '<@U0BOT> hi', channel_type: undefined }),
    );
    expect(again.status).toBe(200);
    expect(new Set(rig.desk.heard.map(({ key }) => key))).toEqual(new Set(['C0DEV/1700000000.000100']));
  });

  it('83 is 200 for another team, whose event is ignored and put on record', async () => {
    expect((await rig.event(message(), { team_id: 'T0OTHER' })).status).toBe(200);
    await rig.settle();
    expect(rig.desk.reached).toBe(0);
    expect(rig.desk.reasons()).toEqual({ team_unknown: 1 });
  });

  it('is nothing different for a channel shared with another company, when the authorization is ours', async () => {
    const shared = {
      team_id: 'T0OTHER',
      is_ext_shared_channel: true,
      authorizations: [{ team_id: 'T0ACME' }],
    };
    await rig.event(message(), shared);
    expect(rig.desk.heard).toHaveLength(1);
  });
});

describe('the same signed bytes again', () => {
  const click = press({ action_id: 'approval.approve', value: 'token' });

  it('are refused when they press a button', async () => {
    expect((await rig.interaction(click)).status).toBe(200);
    expect(await rig.interaction(click)).toEqual({ status: 401, body: { error: 'replayed' } });
    expect(rig.desk.decided).toHaveLength(1);
  });

  it('are refused also when the press could not be recorded and its person was told so', async () => {
    rig.desk.onDecide = () => Promise.reject(new Error('the database is away'));
    expect((await rig.interaction(click)).status).toBe(503);
    expect((await rig.interaction(click)).status).toBe(401);
  });

  it('are let in when Slack sends them again with a new timestamp', async () => {
    await rig.interaction(click);
    rig.clock.advance(1_000);
    expect((await rig.interaction(click)).status).toBe(200);
  });

  it('mute a thread only once, but are let in when they could not be kept', async () => {
    const item = { type: 'message', channel: 'C0DEV', ts: '1700000001.000100' };
    const reaction = { type: 'reaction_added', user: 'U0MAX', reaction: 'mute', item, item_user: 'U0BOT' };
    rig.onCall = () => ({ messages: [{ ts: '1700000001.000100', thread_ts: '1700000000.000100' }] });
    rig.desk.onMute = () => Promise.reject(new Error('the database is away'));
    expect((await rig.event(reaction)).status).toBe(503);
    rig.desk.onMute = () => Promise.resolve(true);
    expect((await rig.event(reaction)).status).toBe(200);
    expect((await rig.event(reaction)).status).toBe(401);
  });
});
