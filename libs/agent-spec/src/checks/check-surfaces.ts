import type { SurfaceType } from '../agent.js';
import { error, shown, warning, type Finding } from '../problem.js';
import type { WrittenAgent } from '../schema.js';

interface ChannelRule {
  pattern: RegExp;
  hint: string;
}

const ANY_NAME: ChannelRule = { pattern: /^[^\s]{1,100}$/u, hint: 'a channel has no spaces' };

const CHANNEL_RULES: Readonly<Record<SurfaceType, ChannelRule>> = {
  slack: {
    pattern: /^(#?[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_-]{1,80}|[CG][A-Z0-9]{8,})$/u,
    hint: 'Slack names are lower case without spaces, like "#dev-platform"; or give the channel’s id',
  },
  discord: {
    pattern: /^#?[^\s#@:`]{1,100}$/u,
    hint: 'Discord names have no spaces, like "eng"; or give the channel’s id',
  },
  github: { pattern: /^[A-Za-z0-9-]{1,39}\/([A-Za-z0-9._-]{1,100}|\*)$/, hint: 'owner/repository' },
  linear: ANY_NAME,
  telegram: { pattern: /^(-?[0-9]{1,20}|@[A-Za-z0-9_]{4,32})$/, hint: 'a chat’s number, or "@name"' },
  zoom: ANY_NAME,
  web: ANY_NAME,
  terminal: ANY_NAME,
};

/** Whether each channel can be one of its product. That it exists is for the server to find out. */
export function checkSurfaces({ spec }: WrittenAgent): Finding[] {
  const keys = spec.surfaces.map(({ type, channel }) => `${type} ${channel?.replace(/^#/, '') ?? ''}`);
  return spec.surfaces.flatMap(({ type, channel }, i) => {
    const path = ['spec', 'surfaces', i];
    if (keys.indexOf(keys[i] ?? '') < i)
      return [warning('duplicate_surface', path, 'this surface and channel is listed twice')];
    const { pattern, hint } = CHANNEL_RULES[type];
    if (channel === undefined || pattern.test(channel)) return [];
    return [
      error('channel_invalid', [...path, 'channel'], `${shown(channel)} is not a ${type} channel`, { hint }),
    ];
  });
}
