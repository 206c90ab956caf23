import type { RunView } from '@openloop/api-contract';

import { EXIT } from '../exit-code.js';

/** Whether a run waits for a person now. */
export function isHeld({ status, approvals }: RunView): boolean {
  return status === 'waiting' && approvals.length > 0;
}

/** What a finished run means to a script: a refusal by a budget or a limit is told apart from a failure. */
export function exitCodeOfRun({ status, failure }: RunView): number {
  if (status === 'completed') return EXIT.ok;
  return failure !== null && /budget|blocked|limit/.test(failure.code) ? EXIT.blocked : EXIT.no;
}
