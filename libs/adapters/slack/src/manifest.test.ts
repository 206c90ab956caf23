import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { lostWhenMinimal, newAppLink, SLACK_SCOPES, slackManifest } from './manifest.js';

const read = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../../../${file}`, import.meta.url)), 'utf8');
const kept = (name: string) => read(`deploy/slack/${name}`);
const asFile = (manifest: unknown) => `${JSON.stringify(manifest, null, 2)}\n`;

describe('the Slack manifest', () => {
  it('is the one in deploy/slack', () => {
    // If this fails: openloop slack manifest --out deploy/slack/manifest.json
    expect(kept('manifest.json')).toBe(asFile(slackManifest()));
  });

  it('is in deploy/slack for HTTP too', () => {
    // If this fails: openloop slack manifest --http https://agents.example.com --out deploy/slack/manifest.http.json
    expect(kept('manifest.http.json')).toBe(asFile(slackManifest({ http: 'https://agents.example.com' })));
  });

  it('uses Socket Mode and names no address when none is given', () => {
    const manifest = slackManifest();

    expect(manifest.settings.socket_mode_enabled).toBe(true);
    expect(JSON.stringify(manifest)).not.toContain('request_url');
  });

  it.each(['https://agents.acme.dev', 'https://agents.acme.dev/'])(
    'sends events and buttons to %s, without Socket Mode',
    (http) => {
      const { settings } = slackManifest({ http });

      expect(settings.socket_mode_enabled).toBe(false);
      expect(settings.event_subscriptions.request_url).toBe('https://agents.acme.dev/slack/events');
      expect(settings.interactivity.request_url).toBe('https://agents.acme.dev/slack/events');
    },
  );

  it('keeps the path of a proxy', () => {
    const { settings } = slackManifest({ http: 'https://acme.dev/openloop/' });

    expect(settings.interactivity.request_url).toBe('https://acme.dev/openloop/slack/events');
  });

  it.each(['http://agents.acme.dev', 'agents.acme.dev', 'https://u:p@acme.dev', 'https://acme.dev/?a=1', ''])(
    'refuses “%s” as an address',
    (http) => {
      expect(() => slackManifest({ http })).toThrow('https://');
    },
  );

  it('asks for no event whose scope it lacks', () => {
    const { oauth_config, settings } = slackManifest({ minimal: true });

    expect(oauth_config.scopes.bot).not.toContain('reactions:read');
    expect(settings.event_subscriptions.bot_events).toEqual([
      'app_mention', 'message.channels', 'message.groups', 'message.im', 'message.mpim',
      'agent_session_stopped',
    ]); // prettier-ignore
  });

  it('says what is lost with each scope that the smallest leaves out', () => {
    const full = slackManifest().oauth_config.scopes.bot;
    const least = slackManifest({ minimal: true }).oauth_config.scopes.bot;
    const left = full.filter((name) => !least.includes(name));

    expect(left).toEqual(['reactions:read', 'reactions:write', 'usergroups:read']);
    expect(lostWhenMinimal().map((line) => line.replace(/: .*/, ''))).toEqual(left);
  });

  it('names each scope once, with a reason', () => {
    const names = SLACK_SCOPES.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(SLACK_SCOPES.filter(({ why }) => why.length < 10)).toEqual([]);
  });

  it('takes a name, and makes the handle from it', () => {
    const { display_information, features } = slackManifest({ name: ' Acme  Agent! ' });

    expect(display_information.name).toBe('Acme  Agent!');
    expect(features.bot_user.display_name).toBe('acme-agent');
  });

  it.each(['', '   ', 'x'.repeat(36), '!!!'])('refuses “%s” as a name', (name) => {
    expect(() => slackManifest({ name })).toThrow('1 to 35 characters');
  });

  it('fits Slack’s limits', () => {
    const { display_information, features } = slackManifest();

    expect(display_information.description.length).toBeLessThanOrEqual(140);
    expect(features.agent_view.agent_description.length).toBeLessThanOrEqual(300);
  });

  it('comes whole through the link that opens Slack', () => {
    const link = new URL(newAppLink({ minimal: true }));

    expect(link.origin).toBe('https://api.slack.com');
    expect(JSON.parse(link.searchParams.get('manifest_json') ?? '')).toEqual(
      slackManifest({ minimal: true }),
    );
  });
});

describe('docs/slack.md', () => {
  it('has the table of the scopes there are', () => {
    const page = read('docs/slack.md');
    const [, block] =
      /<!-- slack-scopes: generated -->\n\n([\s\S]*?)\n\n<!-- slack-scopes: end -->/.exec(page) ?? [];
    const rows = SLACK_SCOPES.map(({ name, why, lost }) => `| \`${name}\` | ${why} | ${lost ?? ''} |`);

    // If this fails, this is what belongs there.
    expect(block).toBe(
      ['| scope | so that it can | without it |', '| --- | --- | --- |', ...rows].join('\n'),
    );
  });
});
