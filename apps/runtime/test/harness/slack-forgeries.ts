import { slackBody, type SlackForgery } from '@openloop/simulators';

type Payload = Record<string, unknown>;

export interface Forged {
  body: string;
  forgery: SlackForgery;
  /** What the door answers. */
  status: number;
  /** What it puts on record. */
  reason: string;
}

/** What is wrong with a request whose body is in order: where a stranger does not know the secret, or lags behind. */
const UNSIGNED: readonly [reason: string, forgery: (body: string) => SlackForgery][] = [
  ['timestamp_missing', () => ({ headers: { 'x-slack-request-timestamp': null } })],
  ['timestamp_missing', () => ({ headers: { 'x-slack-request-timestamp': '' } })],
  ['timestamp_malformed', () => ({ timestamp: 'now' })],
  ['timestamp_malformed', () => ({ timestamp: '-1700000000' })],
  ['timestamp_malformed', () => ({ timestamp: `${nowS()}.5` })],
  ['timestamp_malformed', () => ({ timestamp: '1e10' })],
  ['timestamp_too_old', () => ({ timestamp: nowS() - 302 })],
  ['timestamp_too_old', () => ({ timestamp: 0 })],
  ['timestamp_in_future', () => ({ timestamp: nowS() + 600 })],
  ['timestamp_in_future', () => ({ timestamp: 99_999_999_999 })],
  ['signature_missing', () => ({ headers: { 'x-slack-signature': null } })],
  ['signature_malformed', () => ({ signature: 'v0=' })],
  ['signature_malformed', () => ({ signature: `v0=${'A'.repeat(64)}` })],
  ['signature_malformed', () => ({ signature: `v0=${'0'.repeat(63)}` })],
  ['signature_malformed', () => ({ signature: 'none' })],
  ['signature_version_unknown', () => ({ signature: `v1=${'0'.repeat(64)}` })],
  ['signature_wrong', () => ({ signature: `v0=${'0'.repeat(64)}` })],
  ['signature_wrong', () => ({ secret: 'another-secret-of-the-simulator' })],
  ['signature_wrong', () => ({ secret: '' })],
];

interface Truth {
  /** An event that Slack could send. */
  mention: Payload;
  /** A press that Slack has sent. */
  press: Payload;
  times: number;
}

/** Many requests that must be turned away, each with its reason: forged, changed after signing, not ours, unreadable. */
export function forgeries({ mention, press, times }: Truth): Forged[] {
  const bodies = Array.from({ length: times }, (_, nth) =>
    nth % 2 === 0
      ? slackBody({ kind: 'events_api', payload: { ...mention, event_id: `EvForged${nth}` } })
      : slackBody({ kind: 'interactive', payload: { ...press, trigger_id: `forged.${nth}` } }),
  );
  return [
    ...bodies.flatMap((body) =>
      UNSIGNED.map(([reason, forgery]) => ({ body, forgery: forgery(body), status: 401, reason })),
    ),
    ...foreign({ mention, press, times }),
    ...unreadable(),
  ];
}

/** Signed by Slack, which serves other workspaces too. */
function foreign({ mention, press, times }: Truth): Forged[] {
  const payloads = [{ ...mention, team_id: 'T0OTHER' }];
  const bodies = payloads.map((payload) => slackBody({ kind: 'events_api', payload }));
  const presses = Array.from({ length: times }, (_, nth) => ({
    ...press,
    team: { id: 'T0OTHER' },
    trigger_id: `foreign.${nth}`,
  })).map((payload) => slackBody({ kind: 'interactive', payload }));
  return [...bodies, ...presses].map((body) => ({ body, forgery: {}, status: 200, reason: 'team_unknown' }));
}

function unreadable(): Forged[] {
  const contentType = 'application/json';
  return ['{"type":', '[]', 'null', '"text"', ''].map((body) => ({
    body,
    forgery: { contentType },
    status: 400,
    reason: 'body_unreadable',
  }));
}

function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
