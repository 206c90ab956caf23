import { describe, expect, it } from '@jest/globals';

import { chooseModel, type ModelPolicy } from './choose-model.js';

const policy: ModelPolicy = {
  default: 'openai/gpt-4o-mini',
  routes: [
    { match: {}, model: 'openai/gpt-5-pro' },
    { match: { task: 'code', risk: 'high' }, model: 'anthropic/claude-opus-4-6' },
    { match: { task: 'code' }, model: 'anthropic/claude-sonnet-4-6' },
  ],
};

describe('chooseModel', () => {
  it('takes the first route that matches in every key', () => {
    expect(chooseModel(policy, { task: 'code', risk: 'high', team: 'web' }).model).toBe(
      'anthropic/claude-opus-4-6',
    );
    expect(chooseModel(policy, { task: 'code', risk: 'low' }).model).toBe('anthropic/claude-sonnet-4-6');
  });

  it('falls back to the default, and never matches a route without keys', () => {
    expect(chooseModel(policy, { task: 'chat' }).model).toBe('openai/gpt-4o-mini');
    expect(chooseModel(policy, {}).model).toBe('openai/gpt-4o-mini');
  });

  it('says why', () => {
    expect(chooseModel(policy, { task: 'code', risk: 'high' }).because).toBe(
      'Route 2 matched task=code, risk=high',
    );
    expect(chooseModel(policy, {}).because).toBe('The default model: no route matched');
  });

  it('does not take an inherited property for a label', () => {
    const odd: ModelPolicy = { default: 'a/b', routes: [{ match: { toString: 'x' }, model: 'c/d' }] };

    expect(chooseModel(odd, {}).model).toBe('a/b');
  });
});
