import { randomChars, type Permission } from '@openloop/kernel';
import { isAllowed, judge } from '@openloop/policy';
import { wordsFor, type ToolCatalog } from '@openloop/tools';

import type { Driving } from './advance.js';
import { agentActor } from './finish.js';
import { MOST_STALLS, type CallResult, type RunOutcome, type Step, type StepCall } from './run.js';
import { toolsFor } from './tools-of.js';
import { cutOutput } from './transcript.js';

const READ_TIMEOUT_MS = 30_000;
const KEY_CHARS = 26;

/** Runs the reads of a step, side by side, and writes down what they found. A read may run again after a crash. */
export async function carryOutReads(driving: Driving, step: Step): Promise<RunOutcome | null> {
  const { claimed, lease, parts } = driving;
  const { workspace, runId, token } = lease.leased;
  const reads = step.calls.filter(({ verdict }) => verdict === 'read');
  // What kills its worker each time is not tried again; the run is then ended by its limit.
  const isHopeless = claimed.run.stalls > MOST_STALLS;
  const tools = await toolsFor(driving, reads);
  const results = isHopeless
    ? reads.map(failed)
    : await Promise.all(reads.map((call) => read(driving, call, tools)));

  const saved = await parts.transact(workspace, async ({ runs, audit }) => {
    if (!(await runs.saveResults(runId, token, step.ordinal, results))) return false;
    for (const [i, call] of reads.entries()) {
      const facts = {
        runId,
        agentId: claimed.run.agentId,
        permission: call.permission as Permission,
        ok: !results[i]?.isError,
      }; // checked when judged
      audit.append({ name: 'tool.read', actor: agentActor(claimed), facts });
    }
    return true;
  });
  if (saved) step.results = results;
  else await lease.check();
  return null;
}

async function read({ claimed, lease }: Driving, call: StepCall, tools: ToolCatalog): Promise<CallResult> {
  const checked = tools.check(call);
  if (checked.kind === 'rejected') return { callId: call.id, text: checked.reason, isError: true };
  const verdict = judge(checked.call, claimed.revision.agent);
  if (verdict.kind !== 'allow' || !isAllowed(checked.call.permission, claimed.currentAgent))
    return { callId: call.id, text: 'It is not allowed to run now', isError: true };

  const signal = AbortSignal.any([lease.signal, AbortSignal.timeout(READ_TIMEOUT_MS)]);
  try {
    const found = await tools.read(verdict.grant, { signal, effectKey: randomChars(KEY_CHARS) });
    return { callId: call.id, text: cutOutput(JSON.stringify(found)), isError: false };
  } catch (error) {
    return { callId: call.id, text: cutOutput(wordsFor(error)), isError: true };
  }
}

function failed({ id }: StepCall): CallResult {
  return { callId: id, text: 'The tool failed', isError: true };
}
