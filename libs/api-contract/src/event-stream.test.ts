import { describe, expect, it } from '@jest/globals';

import { readEvents, type StreamEvent } from './event-stream.js';

describe('readEvents', () => {
  it('reads the same events however the bytes are cut', async () => {
    const text =
      ': hello\r\nid: 1\r\nevent: run.started\r\ndata: {"a":"é🙂"}\r\n\r\ndata: one\rdata:two\r\rdata\n\nid: 3\n\ndata: end\n\n';
    const whole = await eventsIn([text]);

    expect(whole).toEqual([
      { id: '1', event: 'run.started', data: '{"a":"é🙂"}' },
      { id: '1', event: 'message', data: 'one\ntwo' },
      { id: '1', event: 'message', data: '' },
      { id: '3', event: 'message', data: 'end' },
    ]);
    for (const size of [1, 2, 3, 7]) expect(await eventsIn([text], size)).toEqual(whole);
  });

  it('drops an event that the end cut off', async () => {
    expect(await eventsIn(['data: whole\n\ndata: cut'])).toEqual([
      { id: '', event: 'message', data: 'whole' },
    ]);
  });
});

async function eventsIn(texts: string[], size = 1000): Promise<StreamEvent[]> {
  const bytes = new TextEncoder().encode(texts.join(''));
  async function* pieces() {
    for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
  }
  const events: StreamEvent[] = [];
  for await (const event of readEvents(pieces())) events.push(event);
  return events;
}
