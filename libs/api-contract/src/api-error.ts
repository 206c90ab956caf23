import { AppError } from '@openloop/kernel';

import { kindFromStatus, type Problem } from './problem.js';

/** What the server answered instead of a result. */
export class ApiError extends AppError {
  constructor(readonly problem: Problem) {
    const { status, code, detail, title, hint, errors, request_id } = problem;
    super(kindFromStatus(status), code, detail || title, {
      details: { status, errors: errors ?? [], request_id: request_id ?? null },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
