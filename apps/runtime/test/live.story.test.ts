import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes, type AnyRoute, type EventView, type RunView } from '@openloop/api-contract';

import { agentYaml } from './harness/agent-yaml.js';
import { writeBrain } from './harness/brains.js';
import { startOpenLoop, type OpenLoop } from './harness/open-loop.js';
import { Outside } from './harness/outside.js';
import { send, type Person } from './harness/person.js';
import { until } from './harness/until.js';

let outside: Outside;
let loop: OpenLoop;

beforeAll(async () => {
  outside = await Outside.start();
  outside.brain = writeBrain;
  loop = await startOpenLoop(outside);
  await loop.operator.apply(agentYaml({ name: 'writer', model: 'openai/gpt-4o-mini' }));
});

afterAll(async () => {
  await loop.close();
  await outside.close();
});

interface Seen {
  id: string;
  event: string;
  data: EventView;
}

async function all(stream: AsyncIterable<Seen>): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const each of stream) seen.push(each);
  return seen;
}

describe("A run's events", () => {
  let run: RunView;
  let followed: Seen[];

  it('are replayed, followed live while a person decides, and over when the run is', async () => {
    const { operator, priya } = loop;
    run = await operator.start('writer', 'Followed');
    const following = all(operator.stream(routes['runs.events'], { params: { id: run.id } }));
    await priya.approve(await operator.held(run.id));
    followed = await following;
    const names = followed.map(({ event }) => event);
    expect(names).toEqual(
      expect.arrayContaining(['approval.requested', 'approval.voted', 'approval.decided', 'action.done']),
    );
    expect(names.at(-1)).toBe('run.completed');
    const audited = (await operator.audited(run.id)).map(({ seq, name }) => [seq, name]);
    expect(followed.map(({ id, data }) => [Number(id), data.name])).toEqual(audited);
  });

  it('go on after Last-Event-ID, without a gap and without a repetition', async () => {
    const middle = followed[2];
    const options = { lastEventId: middle?.id ?? '' };
    const rest = await all(loop.operator.stream(routes['runs.events'], { params: { id: run.id } }, options));
    expect(rest.map(({ id }) => id)).toEqual(followed.slice(3).map(({ id }) => id));
  });

  it('are over for good after the last one', async () => {
    const headers = { 'last-event-id': followed.at(-1)?.id ?? '' };
    const { status, text } = await loop.operator.send('GET', `/v1/runs/${run.id}/events`, undefined, headers);
    expect({ status, text }).toEqual({ status: 204, text: '' });
  });

  it('can be followed by those whose key reads runs, and by nobody else', async () => {
    const path = `/v1/runs/${run.id}/events`;
    expect((await loop.mallory.send('GET', path)).status).toBe(200);
    const narrow = await loop.operator.admit('@narrow', ['usage:read']);
    expect(await narrow.send('GET', path)).toMatchObject({ status: 403, json: { code: 'scope_required' } });
    expect((await send(`${loop.url}${path}`, 'GET')).status).toBe(401);
    expect((await loop.operator.send('GET', '/v1/runs/run_nobody/events')).status).toBe(404);
  });
});

describe('The events of everything', () => {
  it('are only those of the types that were asked for', async () => {
    const { operator, priya } = loop;
    const auditor = await operator.admit('@auditor', ['audit:read']);
    const stop = new AbortController();
    const seen: Seen[] = [];
    const query = { types: ['approval.*', 'run.completed'] };
    const reading = (async () => {
      for await (const each of auditor.stream(routes['events.stream'], { query }, { signal: stop.signal }))
        seen.push(each);
    })();
    const { id } = await operator.start('writer', 'One among many');
    await priya.approve(await operator.held(id));
    await operator.ended(id);
    await until('the end to be streamed', () => seen.some(({ event }) => event === 'run.completed'));
    stop.abort();
    await reading.catch((error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }));
    for (const { event } of seen) expect(event).toMatch(/^(approval\.|run\.completed$)/);
    expect(seen.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['approval.requested', 'approval.decided']),
    );
  });

  it('need the scope that reads the audit', async () => {
    expect(await loop.priya.send('GET', '/v1/events')).toMatchObject({
      status: 403,
      json: { code: 'scope_required' },
    });
    expect((await loop.operator.send('GET', '/v1/events?types=nonsense')).status).toBe(400);
  });
});

describe('The contract', () => {
  it('is served as a document that names every route', async () => {
    const { json } = await loop.priya.send('GET', '/openapi.json');
    expect(json?.['openapi']).toMatch(/^3\.1\./);
    const paths = json?.['paths'] as Record<string, Record<string, unknown>>; // of an OpenAPI document
    for (const { path, method } of Object.values<AnyRoute>(routes)) {
      const documented = path.replaceAll(/:(\w+)/g, '{$1}');
      expect(Object.keys(paths[documented] ?? {})).toContain(method.toLowerCase());
    }
  });

  it('is held to by every route, with an answer of the shape that it promises', async () => {
    const { operator } = loop;
    const started = await operator.start('writer', 'For the contract');
    const held = await operator.held(started.id);
    const other = await operator.held((await operator.start('writer', 'To be denied')).id);
    const third = await operator.held((await operator.start('writer', 'To be resolved')).id);
    const fourth = await operator.held((await operator.start('writer', 'To be cancelled')).id);
    const key = await operator.call(routes['keys.create'], {
      body: { name: 'x', for: '@x', scopes: ['usage:read'] },
    });
    const files = [{ file: 'w.yaml', text: agentYaml({ name: 'writer', model: 'openai/gpt-4o-mini' }) }];
    const calls: Calls = {
      'agents.get': { params: { name: 'writer' } },
      'agents.revisions': { params: { name: 'writer' } },
      'agents.revision': { params: { name: 'writer', revision: 1 } },
      'agents.export': { params: { name: 'writer' } },
      'agents.apply': { body: { files } },
      'agents.validate': { body: { files } },
      'agents.diff': { body: { files } },
      'runs.start': { body: { agent: 'writer', input: 'Started', thread: 'contract' } },
      'runs.get': { params: { id: started.id } },
      'runs.steps': { params: { id: started.id } },
      'runs.messages': { params: { id: started.id } },
      'runs.cancel': { params: { id: fourth.run ?? '' } },
      'runs.events': { params: { id: held.run ?? '' } },
      'approvals.get': { params: { id: held.id } },
      'approvals.approve': { params: { id: held.id }, body: { digest: held.digest }, as: loop.priya },
      'approvals.deny': { params: { id: other.id }, body: {}, as: loop.priya },
      'keys.create': { body: { name: 'y', for: '@y', scopes: ['usage:read'] } },
      'keys.revoke': { params: { id: key.id } },
      'compat.resolve': { params: { id: third.id }, body: { approve: false }, as: loop.priya },
      'compat.invoke': { body: { action: 'github.issues:read', args: { repo: 'acme/shop' } } },
    };
    const refused: string[] = [];
    const { 'surfaces.test': surfaceTest, ...others } = routes;
    for (const route of Object.values<AnyRoute>(others)) {
      const refusal = await refusalOf(route, calls[route.id] ?? {});
      if (refusal) refused.push(`${route.id}: ${refusal}`);
    }
    expect(refused).toEqual([]);
    // Nothing is connected here; slack.story.test.ts has a Slack.
    const nowhere = operator.call(surfaceTest, { params: { name: 'slack' }, body: { channel: '#dev' } });
    await expect(nowhere).rejects.toMatchObject({ code: 'surfaces.not_connected', problem: { status: 404 } });
  });
});

interface Call {
  params?: object;
  query?: object;
  body?: object;
  as?: Person;
}
type Calls = Record<string, Call>;

/** What a route answers instead of what it promises. The typed client checks each answer with the route's own schema. */
async function refusalOf(
  route: AnyRoute,
  { as: person = loop.operator, ...input }: Call,
): Promise<string | null> {
  if (route.stream !== 'sse') return person.call(route, input).then(() => null, String);
  const stop = new AbortController();
  const path = `${person.url}${route.path.replace(':id', String(Object.values(input.params ?? {})[0]))}`;
  const headers = { authorization: `Bearer ${person.key}` };
  const response = await fetch(path, { headers, signal: stop.signal });
  stop.abort();
  const seen = `${response.status} ${response.headers.get('content-type')}`;
  return seen === '200 text/event-stream' ? null : seen;
}
