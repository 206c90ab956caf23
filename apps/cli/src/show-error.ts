import { AppError, messageOf } from '@openloop/kernel';

import { plainLine, plainText } from './terminal/plain-text.js';
import type { Terminal } from './terminal/terminal.js';

/** What went wrong and what to do next. Never a stack trace, except of our own faults with `--debug`. */
export function showError(error: unknown, terminal: Terminal, isDebugging: boolean): void {
  const { tint } = terminal;
  terminal.tell(`${tint.red('error:')} ${plainText(messageOf(error))}`);
  if (!(error instanceof AppError)) {
    terminal.tell(`${tint.bold('hint:')} this is a fault of openloop; run again with --debug and report it`);
    if (isDebugging && error instanceof Error) terminal.tell(plainText(error.stack ?? ''));
    return;
  }
  for (const line of fieldFaults(error)) terminal.tell(`  ${line}`);
  terminal.tell(`${tint.bold('hint:')} ${plainText(error.hint ?? nextStep(error))}`);
  const requestId = error.details['request_id'];
  if (isDebugging && typeof requestId === 'string')
    terminal.tell(tint.dim(`request: ${plainLine(requestId)}`));
}

/** Faults of single fields; the first one is in the message already. */
function fieldFaults({ details }: AppError): string[] {
  const errors: unknown = details['errors'];
  if (!Array.isArray(errors) || errors.length < 2) return [];
  return errors.map((each: unknown) => {
    const { pointer, detail } = each as { pointer?: unknown; detail?: unknown }; // shown as text, whatever it is
    return plainLine(`${String(pointer)} ${String(detail)}`);
  });
}

function nextStep({ kind, code }: AppError): string {
  switch (kind) {
    case 'unauthenticated':
      return 'set OPENLOOP_TOKEN to a key of this server; `openloop keys create` makes one';
    case 'forbidden':
      return 'see what your key may do with `openloop keys list`, or ask who holds an admin key';
    case 'not_found':
      if (code === 'keys.not_found') return 'list the whole ids with `openloop keys list`';
      return 'list what there is with `openloop agents list`, `runs list` or `approvals list`';
    case 'conflict':
    case 'gone':
      return 'look at it again and run the command again';
    case 'blocked':
      return 'see the budget with `openloop usage`';
    case 'invalid':
      return 'add --help to see what the command takes';
    default:
      return code === 'client.unreachable'
        ? 'start the server with `npm start`'
        : 'try again; the server may be starting or restarting';
  }
}
