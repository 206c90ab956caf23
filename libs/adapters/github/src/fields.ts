import type { CardField } from '@openloop/tools';
import { z } from 'zod';

import { MARKER_START } from './marker.js';

const OWNER_AND_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/i;
const ONE_LINE = String.raw`(?=.*\S)[^\p{Cc}\u2028\u2029]`;
/** git-check-ref-format(1), with `user:` before it for a fork. */
const BRANCH =
  /^(?:[A-Za-z0-9][A-Za-z0-9_-]{0,38}:)?(?![-/.])(?!.*(?:\.\.|\/\/|\/\.|@\{))[^\p{Cc}\s~^:?*[\\]{1,200}(?<![./])(?<!\.lock)$/u;
/** GitHub takes 65,536 characters; the marker needs some. */
const MOST_BODY = 65_000;

const notMarked = (text: string): boolean => !text.includes(MARKER_START);
const MARKED = { error: `must not contain "${MARKER_START}"` };

/** `owner/name` by GitHub's own rules for the two, and only of `allowedOwners` when given. */
export function repoField(allowedOwners?: readonly string[]) {
  const shape = z
    .string()
    .regex(OWNER_AND_NAME, { error: 'repo must be owner/name, such as acme/ingestion' })
    .describe('owner/name, such as acme/ingestion');
  if (!allowedOwners) return shape;
  const allowed = new Set(allowedOwners.map((owner) => owner.toLowerCase()));
  return shape.refine((repo) => allowed.has(ownerOf(repo).toLowerCase()), {
    error: `target_not_allowed: repo must belong to ${allowedOwners.join(' or ')}`,
  });
}
export type RepoField = ReturnType<typeof repoField>;

export const titleField = z
  .string()
  .regex(new RegExp(`^${ONE_LINE}{1,256}$`, 'u'), { error: 'title must be one line of 1 to 256 characters' })
  .refine(notMarked, MARKED);

export const bodyField = z
  .string()
  .max(MOST_BODY, { error: `body must be at most ${MOST_BODY} characters` })
  .refine(notMarked, MARKED)
  .describe('Markdown');

export const labelsField = z
  .array(
    z.string().regex(new RegExp(`^(?!.*,)${ONE_LINE}{1,50}$`, 'u'), {
      error: 'a label is 1 to 50 characters on one line, without a comma',
    }),
  )
  .max(20, { error: 'at most 20 labels' });

export const assigneesField = z
  .array(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/, { error: 'an assignee is a GitHub login, without @' }),
  )
  .max(10, { error: 'at most 10 assignees' });

export const numberField = z.int().positive({ error: 'number must be 1 or more' });

export const branchField = z.string().regex(BRANCH, { error: 'must be a branch name that git accepts' });

/** Both parts, each safe as one path segment. */
export function partsOf(repo: string): { owner: string; repo: string } {
  const owner = ownerOf(repo);
  return { owner, repo: repo.slice(owner.length + 1) };
}

/** One line per argument that was given, in the order given here. */
export function cardFields(
  values: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): CardField[] {
  return Object.entries(values).flatMap(([label, value]) => {
    if (value === undefined) return [];
    return [{ label, value: typeof value === 'object' ? value.join(', ') : String(value) }];
  });
}

function ownerOf(repo: string): string {
  return repo.slice(0, repo.indexOf('/'));
}
