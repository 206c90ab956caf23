import { whenRun, type Cli } from '../command.js';

/** What runs the server itself: its program is started, and the exit code is its own. */
export function addServer(cli: Cli): void {
  const { program } = cli;
  const dev = program
    .command('dev')
    .description('run everything here: embedded database, simulated model, a key in .openloop/dev.json');
  whenRun(cli, dev, ({ io }) => io.startRuntime(['dev']));
  const server = program.command('server').description('run the server');
  const start = server.command('start').description('serve, as the environment says');
  whenRun(cli, start, ({ io }) => io.startRuntime(['start']));
  const migrate = server.command('migrate').description('bring the database up to date');
  whenRun(cli, migrate, ({ io }) => io.startRuntime(['migrate']));
}
