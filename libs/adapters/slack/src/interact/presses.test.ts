import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sealButton, type Account, type ButtonVerb } from '@openloop/surfaces';

import { HttpRig, member, press } from '../../test/inbound/http-rig.js';
import { SlackError } from '../web/slack-error.js';
import { WORDS } from './words.js';

const TOKEN = '10ABC';
const PLACE = { channel: 'C0DEV', thread: '1700000000.000100', ts: '1700000001.000100' };

function sealed(verb: ButtonVerb): string {
  const approvalId = 'apr_01JQ0000000000000000000000';
  return sealButton('key', { surface: 'slack', channel: 'C0DEV', approvalId, verb, digest: 'd' });
}

let rig: HttpRig;

beforeEach(async () => {
  rig = await HttpRig.start();
});

afterEach(async () => {
  await rig.close();
});

/** Presses, waits for everything that follows, and gives the status. */
async function presses(action: unknown, more: Record<string, unknown> = {}): Promise<number> {
  const { status } = await rig.interaction(press(action, more));
  await rig.settle();
  return status;
}

function called(method: string): Record<string, unknown>[] {
  return rig.calls.filter((call) => call.method === method).map(({ args }) => args);
}

const told = (): unknown[] => called('chat.postEphemeral').map(({ text }) => text);

describe('a press of Approve', () => {
  const approve = { action_id: 'approval.approve', value: TOKEN };

  it('is decided by the account that Slack names, where it was pressed', async () => {
    expect(await presses(approve)).toBe(200);
    expect(rig.desk.decided).toEqual([
      { press: { token: TOKEN, channel: 'C0DEV', by: member('U0MAX') }, reason: null },
    ]);
    expect(rig.calls).toEqual([]);
  });

  it('tells its person privately, in the thread, what the desk says', async () => {
    rig.desk.onDecide = () =>
      Promise.resolve({ kind: 'told', words: '⛔ Only @maintainers can decide this' });
    await presses(approve);
    const { channel, thread } = PLACE;
    expect(called('chat.postEphemeral')).toMatchObject([
      { channel, user: 'U0MAX', thread_ts: thread, text: expect.stringContaining('@maintainers') },
    ]);
  });

  it('is answered only when it is recorded', async () => {
    const { promise: recorded, resolve: record } = Promise.withResolvers<void>();
    rig.desk.onDecide = async () => {
      await recorded;
      return { kind: 'done' };
    };
    let isAnswered = false;
    const answer = rig.interaction(press(approve)).then((sent) => ((isAnswered = true), sent));
    while (rig.desk.decided.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    record();
    expect((await answer).status).toBe(200);
  });

  it.each<[string, () => void]>([
    ['the desk cannot record it', () => (rig.desk.onDecide = () => Promise.reject(new Error('no database')))],
    ['nobody can say who pressed', () => (rig.onAccount = () => Promise.reject(new Error('no Slack')))],
  ])('is not answered, and its person is told to press again, when %s', async (_name, arrange) => {
    arrange();
    expect(await presses(approve)).toBe(503);
    expect(told()).toEqual([WORDS.notRecorded]);
  });

  it('87 is recorded although its person cannot be told in place, and they are told directly', async () => {
    rig.desk.onDecide = () => Promise.resolve({ kind: 'told', words: 'Already approved' });
    rig.onCall = (method) => {
      if (method === 'chat.postEphemeral') throw new SlackError('message_not_found', { isDefinite: true });
      return { channel: { id: 'D0MAX' } };
    };
    expect(await presses(approve)).toBe(200);
    expect(rig.desk.decided).toHaveLength(1);
    expect(called('chat.postMessage')).toMatchObject([{ channel: 'D0MAX', text: 'Already approved' }]);
  });

  it('87 is recorded also when nobody can be told anything', async () => {
    rig.desk.onDecide = () => Promise.resolve({ kind: 'told', words: 'Already approved' });
    rig.onCall = () => Promise.reject(new SlackError('timeout', { isDefinite: false }));
    expect(await presses(approve)).toBe(200);
    expect(rig.logged).toContain('Slack could not be told something');
  });
});

/** Case 85. */
const NOT_VALID: readonly [name: string, action: unknown][] = [
  ['no action', []],
  [
    'two actions',
    [
      { action_id: 'approval.approve', value: TOKEN },
      { action_id: 'approval.deny', value: TOKEN },
    ],
  ],
  ['an unknown action_id', { action_id: 'approval.approve_all', value: TOKEN }],
  ['an action_id of another case', { action_id: 'Approval.Approve', value: TOKEN }],
  ['no action_id', { value: TOKEN }],
  ['an empty value', { action_id: 'approval.approve', value: '' }],
  ['a value of 2,001 characters', { action_id: 'approval.approve', value: 'x'.repeat(2_001) }],
  ['no value', { action_id: 'approval.approve' }],
  ['a value that is an object', { action_id: 'approval.approve', value: { toString: 'x' } }],
  ['the token of another verb', { action_id: 'approval.approve', value: sealed('deny') }],
  ['an approve token on Deny', { action_id: 'approval.deny', value: sealed('approve') }],
  ['a test card that nobody waits for', { action_id: 'openloop.round_trip', value: 'other' }],
];

describe('a press that is none of ours', () => {
  it.each(NOT_VALID)('85 with %s is told so, put on record, and reaches nobody', async (_name, action) => {
    expect(await presses(action)).toBe(200);
    expect(told()).toEqual([WORDS.notValid]);
    expect(rig.desk.reasons()).toEqual({ button_invalid: 1 });
    expect(rig.desk.reached).toBe(0);
  });

  it.each(['approval.deny', 'approval.details'])(
    '85 by a %s token that the desk does not know is told so',
    async (id) => {
      rig.desk.onDetails = () => Promise.resolve(null);
      expect(await presses({ action_id: id, value: TOKEN })).toBe(200);
      expect(told()).toEqual([WORDS.notValid]);
      expect(called('views.open')).toEqual([]);
    },
  );

  it('of a test card goes to whoever waits for it', async () => {
    expect(await presses({ action_id: 'openloop.round_trip', value: 'nonce' })).toBe(200);
    expect(rig.calls).toEqual([]);
  });

  it('by nobody is only put on record', async () => {
    expect(await presses({ action_id: 'approval.approve', value: TOKEN }, { user: null })).toBe(200);
    expect(rig.desk.reasons()).toEqual({ press_unreadable: 1 });
  });
});

describe('a press by an outsider', () => {
  const outsiders = ['guest', 'stranger', 'deactivated', 'bot'] satisfies Account['outsider'][];
  const actions = ['approval.approve', 'approval.deny', 'approval.details'];

  it.each(outsiders.flatMap((outsider) => actions.map((id) => [outsider, id] as const)))(
    '86 who is a %s decides and sees nothing with %s, and is told how to get there',
    async (outsider, id) => {
      rig.onAccount = (userId) => Promise.resolve({ ...member(userId), outsider });
      expect(await presses({ action_id: id, value: TOKEN })).toBe(200);
      expect(told()).toEqual([WORDS.outsider]);
      expect(called('views.open')).toEqual([]);
      expect(rig.desk.reasons()).toEqual({ outsider_pressed: 1 });
      expect(rig.desk.reached).toBe(0);
    },
  );
});

describe('a press of Deny', () => {
  const deny = { action_id: 'approval.deny', value: TOKEN };

  it('opens a form that remembers the token and the place', async () => {
    expect(await presses(deny)).toBe(200);
    const [opened] = called('views.open');
    expect(opened).toMatchObject({ trigger_id: '1.2.abc', view: { type: 'modal' } });
    const { view } = opened as { view: { private_metadata: string } }; // as the rig's form made it
    expect(JSON.parse(view.private_metadata)).toEqual({ token: TOKEN, ...PLACE });
    expect(rig.desk.decided).toEqual([]);
  });

  it('opens none for somebody who could not decide, and tells them why', async () => {
    rig.desk.onMayNot = () => Promise.resolve('⛔ Only @maintainers can decide this');
    await presses(deny);
    expect(called('views.open')).toEqual([]);
    expect(told()).toEqual(['⛔ Only @maintainers can decide this']);
  });

  it('says so when the form could not be opened', async () => {
    rig.onCall = (method) => {
      if (method === 'views.open') throw new SlackError('expired_trigger_id', { isDefinite: true });
      return { ok: true };
    };
    await presses(deny);
    expect(told()).toEqual([WORDS.formNotOpened]);
  });
});

describe('a press of Details', () => {
  it('opens what is decided on', async () => {
    expect(await presses({ action_id: 'approval.details', value: TOKEN })).toBe(200);
    expect(called('views.open')).toMatchObject([{ view: { details: { digest: 'sha256:0' } } }]);
  });
});

function submission(filledIn: { reason?: string | null; next?: string }, more: Record<string, unknown> = {}) {
  const { reason = null, next } = filledIn;
  const selected = next === undefined ? null : { value: next };
  return {
    type: 'view_submission',
    team: { id: 'T0ACME' },
    user: { id: 'U0MAX', team_id: 'T0ACME' },
    view: {
      callback_id: 'approval.deny.submit',
      private_metadata: JSON.stringify({ token: TOKEN, ...PLACE }),
      state: {
        values: {
          reason: { v: { type: 'plain_text_input', value: reason } },
          next: { v: { type: 'radio_buttons', selected_option: selected } },
        },
      },
      ...more,
    },
  };
}

describe('a Deny form that is sent', () => {
  it.each([
    [
      { reason: ' duplicate of #471 ', next: 'stop' },
      { text: 'duplicate of #471', next: 'stop' },
    ],
    [
      { reason: null, next: 'continue' },
      { text: null, next: 'continue' },
    ],
    [{ reason: '  ' }, { text: null, next: 'continue' }],
  ] as const)('%j denies with %j', async (filledIn, reason) => {
    expect((await rig.interaction(submission(filledIn))).status).toBe(200);
    expect(rig.desk.decided).toEqual([
      { press: { token: TOKEN, channel: 'C0DEV', by: member('U0MAX') }, reason },
    ]);
  });

  it('tells its person in the thread when it came too late', async () => {
    rig.desk.onDecide = () => Promise.resolve({ kind: 'told', words: '⛔ It has expired' });
    expect(await rig.interaction(submission({}))).toEqual({ status: 200, body: {} });
    await rig.settle();
    expect(called('chat.postEphemeral')).toMatchObject([
      { thread_ts: PLACE.thread, text: '⛔ It has expired' },
    ]);
  });

  it('stays open and says so when it could not be recorded', async () => {
    rig.desk.onDecide = () => Promise.reject(new Error('no database'));
    const { status, body } = await rig.interaction(submission({}));
    expect(status).toBe(200);
    expect(body).toEqual({ response_action: 'errors', errors: { reason: WORDS.notRecorded } });
  });

  it('takes a reason of 500 characters and no more', async () => {
    const long = await rig.interaction(submission({ reason: '😀'.repeat(501) }));
    expect(long.body).toEqual({ response_action: 'errors', errors: { reason: WORDS.reasonTooLong } });
    expect(rig.desk.decided).toEqual([]);
    await rig.interaction(submission({ reason: '😀'.repeat(500) }));
    expect(rig.desk.decided).toHaveLength(1);
  });

  it.each([
    ['of another form', { callback_id: 'approval.deny' }],
    ['without its metadata', { private_metadata: '' }],
    ['with metadata of another shape', { private_metadata: '{"token":7}' }],
    ['with an approve token', { private_metadata: JSON.stringify({ ...PLACE, token: sealed('approve') }) }],
    ['without fields', { state: { values: {} } }],
  ])('%s decides nothing and goes on record', async (_name, more) => {
    expect((await rig.interaction(submission({}, more))).status).toBe(200);
    await rig.settle();
    expect(rig.desk.decided).toEqual([]);
    expect(rig.desk.reasons()).toEqual({ form_invalid: 1 });
  });

  it('by somebody who became an outsider meanwhile decides nothing', async () => {
    rig.onAccount = (userId) => Promise.resolve({ ...member(userId), outsider: 'deactivated' });
    await rig.interaction(submission({}));
    await rig.settle();
    expect(rig.desk.decided).toEqual([]);
    expect(told()).toEqual([WORDS.outsider]);
  });
});
