import { isObject } from '../loopback.js';

const DOCS = 'https://docs.github.com/rest';

/** One entry of the `errors` list of a 422. */
export interface FieldError {
  resource: string;
  field?: string;
  code: 'missing_field' | 'invalid' | 'custom' | 'already_exists' | 'unprocessable';
  message?: string;
  value?: unknown;
}

/** An answer that is an error, in the shape GitHub gives it. */
export class GitHubRefusal extends Error {
  readonly body: object;

  constructor(
    readonly status: number,
    message: string,
    { errors, docs = DOCS }: { errors?: readonly FieldError[]; docs?: string } = {},
  ) {
    super(message);
    this.body = { message, ...(errors && { errors }), documentation_url: docs, status: String(status) };
  }
}

export function notFound(): GitHubRefusal {
  return new GitHubRefusal(404, 'Not Found');
}

export function invalid(...errors: FieldError[]): GitHubRefusal {
  return new GitHubRefusal(422, 'Validation Failed', { errors });
}

const SECONDARY_DOCS = `${DOCS}/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits`;

/** The secondary limit; what octokit's throttling recognises is the word "secondary rate". */
export function secondaryLimit(status: 403 | 429): GitHubRefusal {
  const advice = 'Please wait a few minutes before you try again.';
  return new GitHubRefusal(status, `You have exceeded a secondary rate limit. ${advice}`, {
    docs: SECONDARY_DOCS,
  });
}

/** The body of a request that writes, as GitHub insists on it. */
export function bodyOf(text: string): Record<string, unknown> {
  if (text === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new GitHubRefusal(400, 'Problems parsing JSON');
  }
  if (!isObject(body)) throw new GitHubRefusal(400, 'Body should be a JSON object');
  return body;
}

/** @throws GitHubRefusal 422 when a field that must be there is not. */
export function requireFields(body: Record<string, unknown>, fields: readonly string[]): void {
  const missing = fields.filter((field) => body[field] === undefined);
  if (missing.length === 0) return;
  const names = missing.map((field) => `"${field}"`).join(', ');
  throw new GitHubRefusal(
    422,
    `Invalid request.\n\n${names} ${missing.length > 1 ? "weren't" : "wasn't"} supplied.`,
  );
}

/** @throws GitHubRefusal 422 when the field is there but is not a text. */
export function optionalText(body: Record<string, unknown>, field: string): string | null | undefined {
  const value = body[field];
  if (value === undefined || value === null || typeof value === 'string') return value;
  throw new GitHubRefusal(
    422,
    `Invalid request.\n\nFor 'properties/${field}', ${JSON.stringify(value)} is not a string.`,
  );
}

/** Names from a list of texts or of objects with a name, which is how labels may be given. */
export function optionalNames(body: Record<string, unknown>, field: string): string[] | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    throw new GitHubRefusal(
      422,
      `Invalid request.\n\nFor 'properties/${field}', ${JSON.stringify(value)} is not an array.`,
    );
  }
  const names = value.map((each: unknown) => (isObject(each) ? each['name'] : each));
  return [...new Set(names.map(String))];
}
