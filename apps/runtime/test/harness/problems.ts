import { expect } from '@jest/globals';
import { Problem } from '@openloop/api-contract';

import { ANTHROPIC_KEY, GITHUB_TOKEN, OPENAI_KEY } from './outside.js';
import type { Answered } from './person.js';

const LONGEST = 4_000;

/** The problem that an answer is, in every respect: its type, its fields, and nothing that gives something away. */
export function problemIn(answer: Answered): Problem {
  expect({ status: answer.status, type: answer.headers.get('content-type'), text: answer.text }).toEqual({
    status: expect.any(Number),
    type: expect.stringMatching(/^application\/problem\+json/),
    text: expect.any(String),
  });
  const problem = Problem.parse(answer.json);
  expect(problem.status).toBe(answer.status);
  expect(problem.request_id).toMatch(/^req_\w+$/);
  expect(answer.headers.get('x-request-id')).toBe(problem.request_id);
  expect(problem.detail).toMatch(/^\S.*[^.]$/s);
  expect(answer.text.length).toBeLessThan(LONGEST);
  expectNoSecrets(answer.text);
  return problem;
}

/** `404 runs.not_found`. */
export function verdictOf(answer: Answered): string {
  const { status, code } = problemIn(answer);
  return `${status} ${code}`;
}

export function expectNoSecrets(text: string): void {
  for (const secret of [GITHUB_TOKEN, OPENAI_KEY, ANTHROPIC_KEY]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/olk_\w{8}/);
  expect(text).not.toMatch(/\n? {2,}at .+:\d+:\d+|node_modules|\.[tj]s:\d+/);
}
