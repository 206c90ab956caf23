import { whenRun, type Cli } from '../command.js';

const DEV_SETTINGS = `
From the environment, or .env here:
  PORT           where it listens; 0 is any free one (default: 4400)
  OPENLOOP_DATA  the folder of its database and key (default: .openloop)
  AGENTS_DIR     the agent files it applies when it starts (default: agents)
`;

/** What runs the server itself: its program is started, and the exit code is its own. */
export function addServer(cli: Cli): void {
  const { program } = cli;
  const dev = program
    .command('dev')
    .description('run everything here: embedded database, simulated model, a key in .openloop/dev.json');
  dev.addHelpText('after', DEV_SETTINGS);
  whenRun(cli, dev, ({ io }) => io.startRuntime(['dev']));
  const server = program.command('server').description('run the server');
  const start = server.command('start').description('serve, as the environment says');
  whenRun(cli, start, ({ io }) => io.startRuntime(['start']));
  const migrate = server.command('migrate').description('bring the database up to date');
  whenRun(cli, migrate, ({ io }) => io.startRuntime(['migrate']));
}
