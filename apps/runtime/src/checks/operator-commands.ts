import { doctorCommand } from './doctor-command.js';
import type { OperatorIo } from './operator-io.js';
import { slackManifestCommand } from './slack-manifest-command.js';
import { slackSetupCommand } from './slack-setup-command.js';

/** What the runtime's program does besides serving. They read the environment themselves: it may be what is wrong. */
export const OPERATOR_COMMANDS: Readonly<Record<string, (io: OperatorIo) => Promise<number>>> = {
  doctor: doctorCommand,
  'slack-manifest': slackManifestCommand,
  'slack-setup': slackSetupCommand,
};
