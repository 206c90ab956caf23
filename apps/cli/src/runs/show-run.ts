import type { CallView, RunView, StepView } from '@openloop/api-contract';
import { shortId } from '@openloop/kernel';

import { plainLine, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { ago, count, money, took } from '../terminal/words.js';

/** One run for people. */
export function runLines(run: RunView, { paint }: Terminal, now: Date): string[] {
  const line = (label: string, value: string): string => `${paint.dim(label.padEnd(12))}${value}`;
  return [
    titleOf(run, paint),
    line(
      'asked',
      `${ago(run.created_at, now)} by ${plainLine(run.initiator)} (${plainLine(run.surface)}, thread ${plainLine(run.thread)})`,
    ),
    line('input', plainLine(run.input)),
    ...(run.answer === null ? [] : [line('answer', plainText(run.answer))]),
    ...(run.failure === null
      ? []
      : [line('failure', `${plainLine(run.failure.message)} [${plainLine(run.failure.code)}]`)]),
    ...run.approvals.map((id) => line('held', plainLine(shortId(id)))),
    line('steps', String(run.steps)),
    line('cost', money(run.cost.usd, run.cost.simulated)),
    line('took', took(run.started_at, run.finished_at)),
  ];
}

function titleOf(run: RunView, paint: Terminal['paint']): string {
  return `${paint.bold(plainLine(run.short_id))}  ${plainLine(run.agent)} rev ${run.revision}  ${run.status}`;
}

/** A run as a tree: each model reply, and under it the calls that it made. */
export function traceLines(run: RunView, steps: readonly StepView[], { paint }: Terminal): string[] {
  const head = `${titleOf(run, paint)} · ${plainLine(run.surface)} · ${plainLine(run.initiator)}  total ${took(run.created_at, run.finished_at)}  ${money(run.cost.usd, run.cost.simulated)}`;
  const rows = steps.flatMap((step) => [stepLine(step), ...step.calls.map(callLine)]);
  return [head, ...rows.map((row, i) => `${i === rows.length - 1 ? '└─' : '├─'} ${row}`)];
}

function stepLine({ model, input_tokens, output_tokens, cost_usd, simulated, ...step }: StepView): string {
  const cost = cost_usd === null ? 'price unknown' : money(cost_usd, simulated);
  return `model  ${plainLine(model)}  ${took(step.started_at, step.finished_at)}  ${count(input_tokens)}→${count(output_tokens)} tok  ${cost}`;
}

function callLine(call: CallView): string {
  const { permission, name, outcome, summary, action, started_at, finished_at } = call;
  const state = action === null ? outcome : action.state;
  const parts = [
    `tool   ${plainLine(permission ?? name)}`,
    call.approval === null ? state : `${state} (${plainLine(shortId(call.approval))})`,
    took(started_at, finished_at),
    plainLine(summary ?? ''),
    plainLine(resultOf(action)),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function resultOf(action: CallView['action']): string {
  const { external_id = null, url = null, reason = null } = action?.outcome ?? {};
  return external_id ?? url ?? reason ?? '';
}
