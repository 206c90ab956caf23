import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/client/validators/cf-worker';
import { AppError } from '@openloop/kernel';
import type { ArgumentsCheck, ToolDefinition } from '@openloop/tools';

import { schemaProblem, withoutPatterns } from './schema-rules.js';

const MOST_WORDS = 600;

/** Interprets the schema: nothing of it becomes code, and nothing is fetched. */
export function argumentsCheck(schema: ToolDefinition['inputSchema']): ArgumentsCheck {
  const problem = schemaProblem(schema);
  if (problem !== null) throw badSchema(problem);
  const validate = validatorOf(schema);
  return (args) => {
    const { valid, errorMessage } = validate(args);
    return valid ? null : (errorMessage ?? 'they do not fit').slice(0, MOST_WORDS);
  };
}

function validatorOf(schema: ToolDefinition['inputSchema']) {
  try {
    // A validator of its own for each schema: a shared one would look schemas up by an `$id` that anybody can write.
    const validator = new CfWorkerJsonSchemaValidator({ shortcircuit: false });
    return validator.getValidator<unknown>({ ...withoutPatterns({ ...schema }) });
  } catch {
    throw badSchema('its schema is of a kind that is not known');
  }
}

function badSchema(problem: string): AppError {
  return new AppError('invalid', 'mcp.bad_schema', `The tool cannot be used: ${problem}`);
}
