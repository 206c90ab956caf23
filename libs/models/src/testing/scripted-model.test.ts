import { describe, expect, it } from '@jest/globals';

import { ModelError } from '../model.js';
import { modelRequest } from './builders.js';
import { callTool, say, ScriptedModel } from './scripted-model.js';

describe('ScriptedModel', () => {
  it('replies in the order of the script and keeps what it was asked', async () => {
    const model = new ScriptedModel(callTool('x', { a: 1 }), (request) =>
      say(`You said ${request.messages.length}`),
    );
    const pieces: string[] = [];

    const first = await model.reply(modelRequest());
    const second = await model.reply(modelRequest({ onText: (piece) => pieces.push(piece) }));

    expect(first).toMatchObject({ finish: 'tool_calls', toolCalls: [{ name: 'x', arguments: { a: 1 } }] });
    expect(second.text).toBe('You said 1');
    expect(pieces).toEqual(['You said 1']);
    expect(model.asked).toHaveLength(2);
  });

  it('fails as scripted, and when the script is over', async () => {
    const model = new ScriptedModel(new ModelError('rate_limited', 'Slow down', { notBilled: true }));

    await expect(model.reply(modelRequest())).rejects.toMatchObject({ reason: 'rate_limited' });
    await expect(model.reply(modelRequest())).rejects.toThrow('The script is over');
  });

  it('gives every call an id of its own', () => {
    expect(callTool('x').toolCalls[0]?.id).not.toBe(callTool('x').toolCalls[0]?.id);
  });
});
