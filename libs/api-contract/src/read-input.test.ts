import { describe, expect, it } from '@jest/globals';
import { AppError } from '@openloop/kernel';

import type { FieldProblem } from './problem.js';
import { readInput, type RawInput } from './read-input.js';
import type { AnyRoute } from './route.js';
import { routes } from './routes.js';

const DIGEST = 'ab12cd34ef'.repeat(2);

describe('readInput', () => {
  it('reads query text as what it means and fills in defaults', () => {
    const { query } = readInput(routes['approvals.list'], {
      query: { status: 'held,expired', mine: 'true', limit: '7' },
    });

    expect(query).toEqual({ status: ['held', 'expired'], mine: true, limit: 7 });
    expect(readInput(routes['approvals.list'], {}).query).toEqual({ mine: false, limit: 50 });
  });

  it('takes a repeated parameter as a list', () => {
    const { query } = readInput(routes['runs.list'], { query: { status: ['queued', 'waiting'] } });

    expect(query.status).toEqual(['queued', 'waiting']);
  });

  it.each(['-1', '0', '201', 'abc', '1e9', '9007199254740993', '', ' 5', '0x10'])(
    'refuses limit=%s with the range',
    (limit) => {
      expect(faultsOf(routes['runs.list'], { query: { limit } })).toEqual([
        expect.objectContaining({ pointer: '?limit', detail: 'must be a whole number from 1 to 200' }),
      ]);
    },
  );

  it.each([
    ['a backward range', { since: '2026-11-02', until: '2026-11-01' }],
    ['a range of a century', { since: '1926-01-01', until: '2026-01-01' }],
    ['a time without a zone', { until: '2026-11-01T09:00:00' }],
    ['a zone that is none', { until: '2026-11-01T09:00:00+99:99' }],
    ['a day that is none', { until: '2026-02-30' }],
  ])('refuses %s', (_, query) => {
    expect(faultsOf(routes['usage.report'], { query })).toEqual([
      expect.objectContaining({ pointer: '?until' }),
    ]);
  });

  it('reads a day as its first moment in UTC', () => {
    const { query } = readInput(routes['audit.list'], { query: { since: '2026-11-01' } });

    expect(query.since).toEqual(new Date('2026-11-01T00:00:00.000Z'));
  });

  it('refuses an approver in the body: identity comes from the credentials', () => {
    const faults = faultsOf(routes['approvals.approve'], {
      params: { id: 'apr_1' },
      body: { digest: DIGEST, approver: '@mallory' },
    });

    expect(faults).toEqual([
      { pointer: '/approver', code: 'unknown_field', detail: expect.stringContaining('your credentials') },
    ]);
  });

  it('refuses an approval without a digest', () => {
    expect(faultsOf(routes['approvals.approve'], { params: { id: 'apr_1' }, body: {} })).toEqual([
      { pointer: '/digest', code: 'required', detail: 'is required' },
    ]);
  });

  it.each(['ab12cd34e', 'AB12CD34EF', 'g'.repeat(10), 'a'.repeat(65), 7])(
    'refuses %s as a digest',
    (digest) => {
      expect(
        faultsOf(routes['approvals.approve'], { params: { id: 'apr_1' }, body: { digest } }),
      ).toHaveLength(1);
    },
  );

  it('tells of every fault at once', () => {
    const faults = faultsOf(routes['runs.start'], { body: { agent: 7, surface: 'slack', extra: 1 } });

    expect(faults.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/agent',
      '/extra',
      '/input',
      '/surface',
    ]);
  });

  it('does not show control characters or long keys of a stranger', () => {
    const [fault] = faultsOf(routes['approvals.deny'], {
      params: { id: 'a' },
      body: { ['\u001B[2J' + 'k'.repeat(500)]: 1 },
    });

    expect(fault?.pointer).toMatch(/^\/\uFFFD\[2Jk{1,60}$/u);
  });

  it('refuses a body or a query where none is taken', () => {
    expect(faultsOf(routes['runs.cancel'], { params: { id: 'run_1' }, body: { force: true } })).toHaveLength(
      1,
    );
    expect(
      faultsOf(routes['runs.get'], { params: { id: 'run_1' }, query: { expand: 'agent' } }),
    ).toHaveLength(1);
  });

  it('is not fooled by a body that is no object', () => {
    for (const body of [[], 'text', 7, null]) {
      expect(faultsOf(routes['approvals.approve'], { params: { id: 'apr_1' }, body })).not.toEqual([]);
    }
  });
});

function faultsOf(route: AnyRoute, raw: RawInput): FieldProblem[] {
  try {
    readInput(route, raw);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid')
      return error.details['errors'] as FieldProblem[]; // as readInput promises
    throw error;
  }
  return [];
}
