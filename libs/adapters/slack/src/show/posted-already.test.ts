import { describe, expect, it } from '@jest/globals';

import { postedAlready } from './posted-already.js';

const thread = { channel: 'C0DEV', ts: '1.0001' };
const ours = { user: 'UBOT', bot_id: 'BBOT' };

/** A thread that answers in pages of one message. */
function threadOf(...messages: object[]) {
  const asked: unknown[] = [];
  const web = {
    self: () => Promise.resolve({ teamId: 'T0', userId: 'UBOT', botId: 'BBOT' }),
    call: <T>(_: string, args: Record<string, unknown> = {}): Promise<T> => {
      asked.push(args['cursor']);
      const page = Number(args['cursor'] ?? 0);
      const next = page + 1 < messages.length ? String(page + 1) : '';
      const answer = {
        ok: true,
        messages: messages.slice(page, page + 1),
        response_metadata: { next_cursor: next },
      };
      return Promise.resolve(answer as T); // what Slack documents for conversations.replies
    },
  };
  return { web, asked };
}

function marked(id: string, part: unknown, differs: object = ours) {
  return {
    ts: `2.${String(part)}`,
    ...differs,
    metadata: { event_type: 'openloop_delivery', event_payload: { id, part } },
  };
}

describe('looking for what was posted', () => {
  it('finds our marked messages by part, over all pages', async () => {
    const { web, asked } = threadOf(
      { ts: '1.0001', user: 'U1' },
      marked('dlv_1', 0),
      marked('dlv_2', 0),
      marked('dlv_1', 1),
    );

    const found = await postedAlready(web, { thread, deliveryId: 'dlv_1' });

    expect([...found]).toEqual([
      [0, 'C0DEV/2.0'],
      [1, 'C0DEV/2.1'],
    ]);
    expect(asked).toEqual([undefined, '1', '2', '3']);
  });

  it('believes no marker that somebody else has written', async () => {
    const { web } = threadOf(
      marked('dlv_1', 0, { user: 'UEVIL', bot_id: 'BEVIL' }),
      marked('dlv_1', 1, { user: 'U1' }),
      marked('dlv_1', 2, {}),
    );

    expect((await postedAlready(web, { thread, deliveryId: 'dlv_1' })).size).toBe(0);
  });

  it('takes the first of two that are the same', async () => {
    const { web } = threadOf(marked('dlv_1', 0), { ...marked('dlv_1', 0), ts: '9.9' });

    expect([...(await postedAlready(web, { thread, deliveryId: 'dlv_1' })).values()]).toEqual(['C0DEV/2.0']);
  });

  it('does not take silence for an empty thread', async () => {
    const { web } = threadOf();
    const broken = { ...web, call: <T>(): Promise<T> => Promise.resolve({ ok: true } as T) }; // half an answer

    await expect(postedAlready(broken, { thread, deliveryId: 'dlv_1' })).rejects.toMatchObject({
      isDefinite: false,
    });
  });
});
