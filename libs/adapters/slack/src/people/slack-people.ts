import { AppError } from '@openloop/kernel';
import type { Account, Found } from '@openloop/surfaces';
import type { z } from 'zod';

import { SlackError } from '../web/slack-error.js';
import type { SlackWeb } from '../web/slack-web.js';
import { accountOf, nameOf, outsiderAs, strangerOf } from './account-of.js';
import { Kept } from './kept.js';
import { matchHandle, type Candidates } from './match-handle.js';
import {
  channelAnswer,
  groupsAnswer,
  membersAnswer,
  userAnswer,
  usersAnswer,
  type SlackGroup,
  type SlackUser,
} from './slack-shapes.js';

const PEOPLE_MS = 60_000;
const CHANNELS_MS = 600_000;
const MOST_KEPT = 5_000;
/** Slack recommends at most 200 a page. */
const PAGE = 200;
const MOST_PAGES = 500;
/** Slack's answers for somebody who is not to be seen from here. */
const UNSEEN = new Set(['user_not_found', 'user_not_visible', 'users_not_found']);
const NO_GROUP = new Set(['no_such_subteam', 'subteam_disabled', 'no_users']);

/** Who is who in a workspace. Ids decide; names are looked up and believed for a minute. */
export class SlackPeople {
  readonly #accounts: Kept<Account>;
  readonly #channels: Kept<string>;
  readonly #candidates: Kept<Candidates>;

  constructor(
    private readonly web: Pick<SlackWeb, 'call'>,
    private readonly teamId: string,
    now: () => number = Date.now,
  ) {
    this.#accounts = new Kept({ forMs: PEOPLE_MS, most: MOST_KEPT, now });
    this.#channels = new Kept({ forMs: CHANNELS_MS, most: MOST_KEPT, now });
    this.#candidates = new Kept({ forMs: PEOPLE_MS, most: 1, now });
  }

  /**
   * `teamId` is the workspace that an event names for its author. Whoever Slack tells us nothing of is a stranger.
   * @throws SlackError when Slack cannot be asked
   */
  account(userId: string, teamId: string = this.teamId): Promise<Account> {
    return this.#accounts.get(`${teamId}/${userId}`, async () => {
      try {
        const { user } = await this.#ask(userAnswer, 'users.info', { user: userId });
        return accountOf(user, this.teamId);
      } catch (error) {
        if (error instanceof SlackError && UNSEEN.has(error.code)) return strangerOf(userId, teamId);
        throw error;
      }
    });
  }

  /**
   * Without the `#`; its id when the channel has no name or does not show it.
   * @throws SlackError when Slack cannot be asked
   */
  channelName(channelId: string): Promise<string> {
    return this.#channels.get(channelId, async () => {
      try {
        const { channel } = await this.#ask(channelAnswer, 'conversations.info', { channel: channelId });
        return channel.name ?? channelId;
      } catch (error) {
        if (error instanceof SlackError && error.code === 'channel_not_found') return channelId;
        throw error;
      }
    });
  }

  /**
   * Who a handle is: a full member who is a person, or a group.
   * @throws AppError `unavailable` / `slack.unreachable`
   */
  async find(handle: string): Promise<Found> {
    return asking(async () => {
      const match = matchHandle(handle, await this.#candidates.get('', () => this.#readCandidates()));
      switch (match.kind) {
        case 'user':
          return { kind: 'person', id: this.#accountId(match.user.id), name: nameOf(match.user) };
        case 'group':
          return this.#group(match.group);
        case 'ambiguous':
          return {
            kind: 'ambiguous',
            ids: match.ids.map((id) => (id.startsWith('S') ? id : this.#accountId(id))),
          };
        case 'nobody':
          return match;
      }
    });
  }

  /**
   * Account ids of who is in a group now; nobody is in one that is gone.
   * @throws AppError `unavailable` / `slack.unreachable`
   */
  members(groupId: string): Promise<readonly string[]> {
    return asking(() => this.#members(groupId));
  }

  async #group({ id, handle }: SlackGroup): Promise<Found> {
    return { kind: 'group', id, name: handle, members: await this.#members(id) };
  }

  async #members(groupId: string): Promise<readonly string[]> {
    try {
      const { users } = await this.#ask(membersAnswer, 'usergroups.users.list', { usergroup: groupId });
      return users.map((id) => this.#accountId(id));
    } catch (error) {
      if (error instanceof SlackError && NO_GROUP.has(error.code)) return [];
      throw error;
    }
  }

  async #readCandidates(): Promise<Candidates> {
    const [users, groups] = await Promise.all([this.#allUsers(), this.#allGroups()]);
    return { users: users.filter((user) => outsiderAs(user, this.teamId) === null), groups };
  }

  async #allUsers(): Promise<SlackUser[]> {
    const users: SlackUser[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const args = { limit: PAGE, ...(cursor ? { cursor } : {}) };
      const answer = await this.#ask(usersAnswer, 'users.list', args);
      users.push(...answer.members);
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor) return users;
    }
    throw new SlackError('too_many_users', { isDefinite: false });
  }

  /** An app without `usergroups:read` knows no groups. */
  async #allGroups(): Promise<SlackGroup[]> {
    try {
      const { usergroups } = await this.#ask(groupsAnswer, 'usergroups.list', {});
      return usergroups.filter(({ date_delete: deletedAt = 0 }) => deletedAt === 0);
    } catch (error) {
      if (error instanceof SlackError && error.code === 'missing_scope') return [];
      throw error;
    }
  }

  async #ask<T extends z.ZodType>(
    schema: T,
    method: string,
    args: Record<string, unknown>,
  ): Promise<z.output<T>> {
    const answer = schema.safeParse(await this.web.call(method, args));
    if (!answer.success) throw new SlackError('unreadable_answer', { isDefinite: false });
    return answer.data;
  }

  #accountId(userId: string): string {
    return `${this.teamId}/${userId}`;
  }
}

async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const { code, retryInMs } = error;
    throw new AppError('unavailable', 'slack.unreachable', `Slack could not be asked: ${code}`, {
      hint: 'Run `openloop doctor slack` to see what is wrong',
      details: { code, ...(retryInMs === undefined ? {} : { retryInMs }) },
      cause: error,
    });
  }
}
