import { CheckArea, checkText, routes, type ChecksReport } from '@openloop/api-contract';
import { AppError } from '@openloop/kernel';
import { Argument } from 'commander';

import { whenRun, withOutput, type Call, type Cli } from '../command.js';
import { checkStyle } from '../doctor/check-style.js';
import { withExamples } from '../examples.js';
import { EXIT } from '../exit-code.js';
import { printValue, type Format } from '../output/formats.js';

type DoctorOptions = { output: Format; strict?: boolean };

export function addDoctor(cli: Cli): void {
  const command = cli.program
    .command('doctor')
    .description('look at everything that is needed, and say what to do about what is wrong')
    .addArgument(new Argument('[area]', 'only this').choices(CheckArea.options))
    .option('--strict', 'exit 1 on warnings too');
  withExamples(command, [
    ['openloop doctor', 'everything'],
    ['openloop doctor slack', 'tokens, scopes, channels, approvers, clocks'],
    ['openloop doctor --strict -o json', 'for a pipeline'],
  ]);
  whenRun<DoctorOptions>(cli, withOutput(command, ['table', 'json']), doctor);
}

/** The running server knows most; without one, its program looks at what is here. */
async function doctor(call: Call<DoctorOptions>): Promise<number> {
  const { io, options, terminal } = call;
  const report = await askServer(call);
  if (report === null) return io.startRuntime(['doctor', ...runtimeArgs(call)]);
  if (options.output === 'json') printValue(terminal, 'json', report);
  else terminal.print(checkText(report, checkStyle(terminal)));
  const isWrong = report.errors > 0 || (options.strict === true && report.warnings > 0);
  return isWrong ? EXIT.no : EXIT.ok;
}

/** `null` when there is none; one that was named must answer. */
async function askServer({
  api,
  args,
  options,
  io,
  terminal,
}: Call<DoctorOptions>): Promise<ChecksReport | null> {
  const isNamed = options.server !== undefined || Boolean(io.env['OPENLOOP_SERVER']);
  try {
    const area = args[0] as CheckArea | undefined; // one of the choices
    return await (await api()).call(routes['checks.list'], area ? { query: { area: [area] } } : {});
  } catch (error) {
    const isAway = error instanceof AppError && ['cli.usage', 'client.unreachable'].includes(error.code);
    if (isNamed || !isAway) throw error;
    terminal.note('No server answers here; looking without one.');
    return null;
  }
}

function runtimeArgs({ args, options }: Call<DoctorOptions>): string[] {
  const area = args[0] === undefined ? [] : [args[0]];
  const flags = [...(options.strict ? ['--strict'] : []), ...(options.color ? [] : ['--no-color'])];
  return [...area, '-o', options.output, ...flags];
}
