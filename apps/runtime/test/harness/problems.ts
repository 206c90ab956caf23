import { expect } from '@jest/globals';
import { Problem } from '@openloop/api-contract';

import { ANTHROPIC_KEY, GITHUB_TOKEN, OPENAI_KEY } from './outside.js';
import type { Answered } from './person.js';

const LONGEST = 4_000;

/** That an answer is a problem in every respect: its type, its fields, and nothing that gives something away. */
export function expectProblem(answer: Answered, status: number, code: string): Problem {
  expect({ status: answer.status, code: answer.json?.['code'], text: answer.text }).toEqual({
    status,
    code,
    text: expect.any(String),
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = Problem.parse(answer.json);
  expect(problem.status).toBe(status);
  expect(problem.request_id).toMatch(/^req_\w+$/);
  expect(answer.headers.get('x-request-id')).toBe(problem.request_id);
  expect(problem.detail).toMatch(/^\S.*[^.]$/s);
  expectNoSecrets(answer.text);
  expect(answer.text.length).toBeLessThan(LONGEST);
  return problem;
}

export function expectNoSecrets(text: string): void {
  for (const secret of [GITHUB_TOKEN, OPENAI_KEY, ANTHROPIC_KEY]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/olk_\w{8}/);
  expect(text).not.toMatch(/\n? {2,}at .+:\d+:\d+|node_modules|\.[tj]s:\d+/);
}
