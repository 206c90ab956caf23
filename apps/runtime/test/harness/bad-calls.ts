/** What is wrong · the path · the answer · what the answer says. */
export type BadQuery = readonly [wrong: string, path: string, answer: string, says: RegExp];

const INVALID = '400 invalid_request';
const ANY = /./;

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

export const BAD_QUERIES: readonly BadQuery[] = [
  ['45: an id of nobody', '/v1/approvals/apr_01ARZ3NDEKTSV4RRFFQ69G5FAV', '404 approvals.not_found', ANY],
  ['45: text that is no id', '/v1/runs/0', '404 runs.not_found', ANY],
  ['45: an id of another kind', '/v1/runs/apr_01ARZ3NDEKTSV4RRFFQ69G5FAV', '404 runs.not_found', ANY],
  ['45: an agent of nobody', '/v1/agents/nobody', '404 agents.not_found', /There are: writer/],
  ...['-1', '0', 'abc', '1e9', '201', '9007199254740993', '', '1.5'].map((limit): BadQuery => [
    `54: a limit of "${limit}"`,
    `/v1/runs?limit=${limit}`,
    INVALID,
    /from 1 to 200/,
  ]),
  ['54: an earlier contract beyond its cap', '/audit?limit=501', INVALID, /from 1 to 500/],
  ['54: an offset beyond every number', '/v1/audit?after=99999999999999999999', INVALID, ANY],
  ...['x', 'MQ', encoded("1:run_1' or 1=1"), encoded('2:run_01')].map((cursor): BadQuery => [
    `55: the cursor ${cursor}`,
    `/v1/runs?cursor=${cursor}`,
    '400 cursor_invalid',
    ANY,
  ]),
  ['56: from after to', '/v1/usage?since=2026-02-01&until=2026-01-01', INVALID, /after since/],
  ['56: a hundred years', '/v1/usage?since=1926-01-01&until=2026-01-01', INVALID, /ten years/],
  ['56: no time zone', '/v1/usage?since=2026-01-01T00:00:00', INVALID, /zone/],
  ['56: no such day', '/v1/audit?since=2026-02-31', INVALID, ANY],
  ['an unknown parameter', '/v1/runs?limt=5', INVALID, /limt/],
  ['an unknown status', '/v1/runs?status=done', INVALID, /one of/],
  ['71: a way up', '/v1/agents/..%2f..%2fetc%2fpasswd', '404 agents.not_found', ANY],
  ['71: a way up, encoded twice', '/v1/agents/%252e%252e%252fpasswd', '404 agents.not_found', ANY],
  ['71: a NUL in the path', '/v1/agents/%00', '404 route_not_found', ANY],
  ['71: a broken escape', '/v1/agents/%zz', '400 http_rejected', ANY],
  ['an address of nothing', '/v2/agents', '404 route_not_found', ANY],
];

/** What is wrong · the body · the answer · what the answer says. All of them to start a run. */
export type BadBody = readonly [wrong: string, body: unknown, answer: string, says: RegExp];

const RUN = { agent: 'writer', input: 'Anything' };
const TOO_MUCH = 2 * 1024 * 1024;
const DEEP = 1_000;

export const BAD_BODIES: readonly BadBody[] = [
  ['46: a syntax error', '{"agent": "writer",\n "input": }', '400 json_invalid', /line 2, column 11/],
  ['46: a body that stops', '{"agent": "wri', '400 json_invalid', /line 1, column/],
  ['46: an empty body', '', INVALID, /required/],
  ['46: a list for an object', [RUN], INVALID, /an object/],
  ['46: bytes that are no text', new Uint8Array([0x7b, 0xff, 0x7d]), '400 not_utf8', ANY],
  ['48: a lone surrogate', '{"agent":"writer","input":"\\ud800"}', INVALID, ANY],
  ['48: a NUL', '{"agent":"writer","input":"a\\u0000b"}', INVALID, ANY],
  ['50: two mebibytes', { ...RUN, input: 'x'.repeat(TOO_MUCH) }, '413 body_too_large', /1 MiB/],
  ['53: a thousand lists', `{"agent":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`, '400 json_too_deep', ANY],
  ['an unknown field', { ...RUN, agnet: 'x' }, INVALID, /agnet/],
  ['an empty task', { ...RUN, input: '  \n ' }, INVALID, /must not be empty/],
  ['a task of 40,001 characters', { ...RUN, input: 'x'.repeat(40_001) }, INVALID, /at most 40000/],
  ['a task for nobody', { ...RUN, agent: 'nobody' }, '404 agents.not_found', ANY],
];

/** What is wrong · the headers · the answer, where the body fits. */
export type BadHeaders = readonly [wrong: string, headers: Record<string, string>, answer: string];

export const BAD_HEADERS: readonly BadHeaders[] = [
  ['49: XML', { 'content-type': 'application/xml' }, '415 unsupported_media_type'],
  ['49: plain text', { 'content-type': 'text/plain' }, '415 unsupported_media_type'],
  ['51: a packed body', { 'content-encoding': 'gzip' }, '415 unsupported_media_type'],
  ['64: a long Idempotency-Key', { 'idempotency-key': 'k'.repeat(300) }, '400 idempotency_key_invalid'],
];
