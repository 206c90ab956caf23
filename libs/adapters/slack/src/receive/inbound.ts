import type { App, Receiver } from '@slack/bolt';
import type { Desk } from '@openloop/surfaces';

import { Denials } from '../interact/denials.js';
import { Presses, type Forms, type PressParts } from '../interact/presses.js';
import { Tell } from '../interact/tell.js';
import type { SlackOptions } from '../options.js';
import type { Self, SlackWeb } from '../web/slack-web.js';
import { boltApp, type Listeners } from './bolt-app.js';
import type { DoorRecord } from './door-record.js';
import { Hearing, type Directory } from './hearing.js';
import type { InHand } from './in-hand.js';
import { Intake } from './intake.js';
import { muteByReaction } from './mute-by-reaction.js';
import { MuteMarks } from './mute-marks.js';
import { stopByButton } from './stop-by-button.js';

export interface InboundParts {
  options: Pick<SlackOptions, 'botToken' | 'apiUrl' | 'log'>;
  desk: Desk;
  self: Self;
  people: Directory;
  web: Pick<SlackWeb, 'call'>;
  record: DoorRecord;
  inHand: InHand;
  receiver: Receiver;
  forms: Forms;
  roundTrip: PressParts['roundTrip'];
}

/** The way in, wired: a Bolt app, and the intake that lets deliveries through it. */
export function inbound(parts: InboundParts): { app: App; intake: Intake } {
  const { options, desk, self, people, web, record, inHand, receiver, forms, roundTrip } = parts;
  const tell = new Tell(web, options.log);
  const marks = new MuteMarks(web, self);
  const hearing = new Hearing({ desk, people, tell, marks, inHand, self });
  const pressParts: PressParts = {
    desk,
    people,
    web,
    tell,
    record,
    inHand,
    forms,
    roundTrip,
    log: options.log,
  };
  const presses = new Presses(pressParts);
  const denials = new Denials(pressParts);
  const listeners: Listeners = {
    async event(event) {
      if (event.type === 'message' || event.type === 'app_mention') return hearing.hear(event);
      if (event.type === 'agent_session_stopped') return stopByButton({ desk, people }, event);
      if ('item' in event) return muteByReaction({ desk, people, marks, inHand, self }, event);
      await desk.groupChanged('slack', 'subteam_id' in event ? event.subteam_id : event.subteam.id);
      return 'group_changed';
    },
    press: (press, answer) => presses.press(press, answer),
    submission: (submission, answer) => denials.submit(submission, answer),
  };
  const app = boltApp({ ...options, receiver, self }, listeners);
  const intake = new Intake({ self, record, inHand, strayPress: (press) => presses.stray(press) });
  return { app, intake };
}
