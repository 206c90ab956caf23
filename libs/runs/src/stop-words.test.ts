import { describe, expect, it } from '@jest/globals';

import { stopped } from './stop-words.js';

describe('what a person is told of a model that failed', () => {
  it.each([
    [
      'Model provider "openai" is not connected. Set OPENAI_API_KEY and restart',
      /is not connected, .*agents describe NAME/,
    ],
    ['openai answered 401 (invalid_api_key)', /refused our key .*agents describe NAME/],
    ['openai answered 403', /refused our key/],
    ['openai answered 404 (model_not_found)', /rejected the request .*agents describe NAME/],
    ['openai answered 429 (insufficient_quota)', /takes no more requests .*quota/],
    ['anthropic answered 529 (overloaded_error)', /takes no more requests/],
    ['openai answered 500', /provider failed/],
    ['No connection to openai (ECONNREFUSED)', /could not be reached/],
    ['The connection to openai failed (ECONNRESET)', /could not be reached/],
  ])('%s', (detail, words) => {
    const outcome = stopped('model_failed', detail);

    expect(outcome).toEqual({
      kind: 'stopped',
      code: 'model_failed',
      detail,
      text: expect.stringMatching(words),
    });
    expect('text' in outcome && outcome.text).toMatch(/^(⛔|⚠️) .* Nothing more will run\. .*\.$/);
    expect('text' in outcome && outcome.text).not.toMatch(/openai|anthropic/);
  });
});
