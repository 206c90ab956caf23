import { z } from 'zod';

const profileSchema = z.object({
  display_name: z.string().optional(),
  display_name_normalized: z.string().optional(),
  real_name: z.string().optional(),
});

/** As much of a user as is read, from `users.info` and `users.list`. */
export const userSchema = z.object({
  id: z.string(),
  team_id: z.string().optional(),
  name: z.string().default(''),
  real_name: z.string().optional(),
  profile: profileSchema.default({}),
  enterprise_user: z.object({ teams: z.array(z.string()).optional() }).optional(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  is_workflow_bot: z.boolean().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_stranger: z.boolean().optional(),
});
export type SlackUser = z.output<typeof userSchema>;

export const userAnswer = z.object({ user: userSchema });

export const usersAnswer = z.object({
  members: z.array(userSchema),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export const groupSchema = z.object({
  id: z.string(),
  handle: z.string(),
  name: z.string().default(''),
  date_delete: z.number().optional(),
});
export type SlackGroup = z.output<typeof groupSchema>;

export const groupsAnswer = z.object({ usergroups: z.array(groupSchema) });
export const membersAnswer = z.object({ users: z.array(z.string()) });
export const channelAnswer = z.object({
  channel: z.object({ id: z.string(), name: z.string().optional() }),
});
