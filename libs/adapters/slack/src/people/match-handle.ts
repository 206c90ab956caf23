import { nameOf } from './account-of.js';
import type { SlackGroup, SlackUser } from './slack-shapes.js';

/** Whom a handle can mean: full members who are people, and groups in use. */
export interface Candidates {
  users: readonly SlackUser[];
  groups: readonly SlackGroup[];
}

export type Match =
  | { kind: 'user'; user: SlackUser }
  | { kind: 'group'; group: SlackGroup }
  | { kind: 'ambiguous'; ids: readonly string[] }
  | { kind: 'nobody'; near: readonly string[] };

const MOST_NEAR = 3;
/** How many letters may differ for a name to be near, beside those that only begin alike. */
const FARTHEST = 3;
const BY_ID = /^slack\.([usw][a-z0-9]{2,20})$/i;

/**
 * By the names that the workspace makes unique: a user's handle or a group's. The name that people choose for
 * themselves is only a hint, because anybody could choose it. `@slack.u0priya` is an id.
 */
export function matchHandle(handle: string, { users, groups }: Candidates): Match {
  const wanted = normal(handle.replace(/^@/, ''));
  const id = BY_ID.exec(wanted)?.[1]?.toUpperCase();
  if (id !== undefined) {
    return (
      only({
        users: users.filter((user) => user.id === id),
        groups: groups.filter((group) => group.id === id),
      }) ?? {
        kind: 'nobody',
        near: [],
      }
    );
  }
  const byHandle = only({
    users: users.filter(({ name }) => normal(name) === wanted),
    groups: groups.filter((group) => normal(group.handle) === wanted),
  });
  return byHandle ?? { kind: 'nobody', near: nearTo(wanted, { users, groups }) };
}

/** `null` when there is nobody. */
function only({ users, groups }: Candidates): Match | null {
  const found: Match[] = [
    ...users.map((user) => ({ kind: 'user' as const, user })),
    ...groups.map((group) => ({ kind: 'group' as const, group })),
  ];
  if (found.length <= 1) return found[0] ?? null;
  return { kind: 'ambiguous', ids: [...users, ...groups].map(({ id }) => id) };
}

function chosenNames({ profile }: SlackUser): string[] {
  const names = [profile.display_name, profile.display_name_normalized];
  return names.flatMap((name) => (name?.trim() ? [normal(name)] : []));
}

/** One spelling for names that read the same: case, width and accents left out. */
function normal(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').trim().toLowerCase();
}

function nearTo(wanted: string, { users, groups }: Candidates): string[] {
  const named = [
    ...users.map((user) => ({
      shown: `@${user.name}`,
      names: [normal(user.name), normal(nameOf(user)), ...chosenNames(user)],
    })),
    ...groups.map(({ handle }) => ({ shown: `@${handle}`, names: [normal(handle)] })),
  ];
  return named
    .map(({ shown, names }) => ({
      shown,
      distance: Math.min(...names.map((name) => distance(wanted, name))),
    }))
    .filter((each) => each.distance <= FARTHEST)
    .toSorted((a, b) => a.distance - b.distance || a.shown.localeCompare(b.shown))
    .slice(0, MOST_NEAR)
    .map(({ shown }) => shown);
}

const LONGEST_COMPARED = 40;

/** Letters to change, add or leave out; 1 when one name begins with the other. */
function distance(one: string, other: string): number {
  const [a, b] = [one.slice(0, LONGEST_COMPARED), other.slice(0, LONGEST_COMPARED)];
  const beginsAlike = Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));
  return beginsAlike && a !== b ? 1 : edits(a, b);
}

function edits(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const letter of a) before = nextRow(before, letter, b);
  return before.at(-1) ?? 0;
}

/** One more letter of the first word, against every beginning of the second. */
function nextRow(before: readonly number[], letter: string, b: string): number[] {
  const row = [(before[0] ?? 0) + 1];
  for (const [index, other] of b.split('').entries()) {
    const [left = 0, above = 0, corner = 0] = [row[index], before[index + 1], before[index]];
    row.push(Math.min(left + 1, above + 1, corner + (letter === other ? 0 : 1)));
  }
  return row;
}
