import { routes, type RunView } from '@openloop/api-contract';
import { shortId } from '@openloop/kernel';
import type { Command } from 'commander';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { EXIT } from '../exit-code.js';
import { given } from '../given.js';
import { OBJECT_FORMATS, printObject, type Format } from '../output/formats.js';
import { followRun, isOver } from '../runs/follow-run.js';
import { exitCodeOfRun, isHeld } from '../runs/run-end.js';
import { runLines } from '../runs/show-run.js';
import { plainLine, plainText } from '../terminal/plain-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { command as typed } from '../terminal/words.js';
import { durationMs } from './page-options.js';

interface StartOptions {
  wait?: boolean;
  timeout?: number;
  thread?: string;
  output: Format;
}

export function addStartRun(cli: Cli, parent: Command): void {
  const command = parent
    .command('start <agent> <prompt>')
    .description('start a run; with --wait, exit 8 when it is held for a person')
    .option('--wait', 'until it is over or held, and print the answer')
    .option(
      '--timeout <duration>',
      'wait at most this long, and for a decision too; exit 124 when the time is over',
      durationMs,
    )
    .option('--thread <name>', 'share the transcript of this thread');
  whenRun<StartOptions>(cli, withOutput(command, OBJECT_FORMATS), start);
}

async function start(call: Call<StartOptions>): Promise<number> {
  const { terminal, options, args } = call;
  const [agent = '', input = ''] = args;
  const client = await call.api();
  const { thread } = options;
  const body = { agent, input, surface: 'terminal' as const, ...given({ thread }) };
  const run = await client.call(routes['runs.start'], { body });
  if (!options.wait && options.timeout === undefined) {
    if (options.output !== 'table') printObject(terminal, options.output, run, () => '');
    else terminal.print(run.short_id);
    terminal.note(`Follow it with: ${typed('runs', 'get', run.short_id)}`);
    return EXIT.ok;
  }
  return waitFor(call, run);
}

async function waitFor(call: Call<StartOptions>, { id }: RunView): Promise<number> {
  const { terminal, options, io } = call;
  const client = await call.api();
  const stop = new AbortController();
  let wasInterrupted = false;
  const timer = options.timeout === undefined ? undefined : setTimeout(() => stop.abort(), options.timeout);
  const forget = terminal.onInterrupt(() => {
    wasInterrupted = true;
    stop.abort();
  });
  try {
    const onLook = (now: RunView): boolean => options.timeout === undefined && isHeld(now);
    const run = await followRun(client, id, { signal: stop.signal, onLook });
    if (wasInterrupted) {
      terminal.tell(
        `Not waiting any longer; ${plainLine(run.short_id)} goes on. Stop it with: ${typed('runs', 'cancel', run.short_id)}`,
      );
      return EXIT.interrupted;
    }
    printObject(
      terminal,
      options.output,
      run,
      () => plainText(run.answer ?? '') || runLines(run, terminal, io.now()).join('\n'),
    );
    return tellEnd(terminal, run, options.timeout !== undefined);
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** What a run's end means to a script, and what to do about it. */
function tellEnd(terminal: Terminal, run: RunView, isTimed: boolean): number {
  if (isHeld(run)) {
    for (const id of run.approvals)
      terminal.tell(
        `⏸️ Held for a person; nothing was changed. Look at it with: ${typed('approvals', 'get', shortId(id))}`,
      );
    if (!isTimed) return EXIT.blocked;
  }
  if (!isOver(run)) {
    terminal.tell(
      `⚠️ Still ${run.status} when the time was over. Look again with: ${typed('runs', 'get', run.short_id)}`,
    );
    return EXIT.timeout;
  }
  return exitCodeOfRun(run);
}
