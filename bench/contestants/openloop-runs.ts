import { randomChars } from '@openloop/kernel';
import { receive } from '@openloop/sessions';

import { serve, type Opened } from '../support/serve.js';
import { openLoop, type Place } from './open-loop.js';
import { ANSWER, QUESTION, readTool, writeTool } from './work.js';

export interface RunsGiven {
  place: Place;
  modelUrl: string;
}

const KEY_CHARS = 16;
const EVENTS_OF_A_RUN = ['run.started', 'model.replied', 'tool.read', 'model.replied', 'run.completed'];

/** One run: an event is received, and the worker takes the run it made to its answer. */
async function open({ place, modelUrl }: RunsGiven): Promise<Opened> {
  const loop = await openLoop(place, modelUrl, [readTool, writeTool(() => undefined)]);
  const { system, workspace, agent, asker, worked } = loop;
  const {
    revision,
    agent: { limits },
  } = agent.current;
  const addressee = { workspaceId: workspace, agentId: agent.id, revision, limits };
  return {
    once: async () => {
      const key = randomChars(KEY_CHARS);
      const event = {
        key,
        thread: { surface: 'api', channel: null, key },
        authorId: asker.id,
        text: QUESTION,
        labels: {},
      };
      const received = await receive(system.transact, addressee, event, asker);
      if (received.kind === 'refused') throw new Error(received.reason);
      await worked(received.runId);
    },
    verify: (done) =>
      loop.verify([
        { what: 'runs', sql: 'runs', expected: done },
        {
          what: 'runs that answered',
          sql: `runs where state = 'completed' and step_count = 2 and outcome->>'text' = '${ANSWER}'`,
          expected: done,
        },
        { what: 'reads', sql: `steps where results @> '[{"isError": false}]'`, expected: done },
        {
          what: 'usage records',
          sql: `usage_records where outcome = 'ok' and cost_micros > 0`,
          expected: 2 * done,
        },
        { what: 'settled reservations', sql: `budget_holds where state = 'settled'`, expected: 2 * done },
        {
          what: 'audit events',
          sql: `audit_events where run_id is not null`,
          expected: EVENTS_OF_A_RUN.length * done,
        },
        { what: 'wake-ups left over', sql: 'outbox', expected: 0 },
      ]),
    close: loop.close,
  };
}

serve(open);
