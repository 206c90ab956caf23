import { routes, type ApiClient } from '@openloop/api-contract';
import { randomChars } from '@openloop/kernel';

import { ChatTurn } from '../chat/chat-turn.js';
import type { Deciding } from '../chat/decide-held.js';
import { whenRun, type Call, type Cli } from '../command.js';
import { withExamples } from '../examples.js';
import { EXIT, wrongUsage } from '../exit-code.js';
import { plainLine } from '../terminal/plain-text.js';

interface ChatOptions {
  message?: string;
  thread?: string;
}

const THREAD_CHARS = 12;

export function addChat(cli: Cli): void {
  const command = cli.program
    .command('chat [agent]')
    .description('talk to an agent here; what it may not do alone, you are asked')
    .option('-m, --message <text>', 'say this one thing, print the answer and end; exit 8 when it is held')
    .option('--thread <name>', 'go on in this thread');
  withExamples(command, [
    ['openloop chat', 'talk to the only agent there is'],
    ['openloop chat demo --thread ingest', 'go on where the thread ended'],
    ['openloop chat demo -m "what is open?"', 'one question, one answer'],
  ]);
  whenRun<ChatOptions>(cli, command, chat);
}

async function chat(call: Call<ChatOptions>): Promise<number> {
  const { terminal, options, io, args } = call;
  const client = await call.api();
  const me = await client.call(routes['me.get'], {});
  const agent = args[0] ?? (await onlyAgent(client));
  const thread = options.thread ?? `chat-${randomChars(THREAD_CHARS).toLowerCase()}`;
  const leaving = new AbortController();
  const deciding: Deciding = { client, terminal, me, now: io.now, signal: leaving.signal };
  const turns = new Turns(deciding, leaving);
  const forget = terminal.onInterrupt(() => turns.interrupted());
  try {
    if (options.message !== undefined) return await turns.take({ agent, thread, text: options.message });
    terminal.note(`${plainLine(agent)} listens. An empty line or Ctrl-D ends the chat; Ctrl-C stops a run.`);
    return await talk(call, { agent, thread, turns, leaving });
  } finally {
    forget();
  }
}

/** Whoever has one agent need not name it. */
async function onlyAgent(client: ApiClient): Promise<string> {
  const { data } = await client.call(routes['agents.list'], {});
  const [first, second] = data;
  if (first && !second) return first.name;
  if (!first) throw wrongUsage('There is no agent to talk to', 'apply one with `openloop apply -f agents/`');
  throw wrongUsage(
    'There are several agents',
    `name one: openloop chat ${data.map(({ name }) => name).join(' | ')}`,
  );
}

interface Talk {
  agent: string;
  thread: string;
  turns: Turns;
  leaving: AbortController;
}

async function talk(
  { terminal }: Call<ChatOptions>,
  { agent, thread, turns, leaving }: Talk,
): Promise<number> {
  for (;;) {
    const line = await terminal.ask('you> ', { signal: leaving.signal, flag: '--message "…"' });
    if (leaving.signal.aborted) return EXIT.interrupted;
    const text = line?.trim() ?? '';
    if (text === '') return EXIT.ok;
    const exitCode = await turns.take({ agent, thread, text });
    if (exitCode === EXIT.interrupted) return exitCode;
  }
}

/** Turns one after the other, and what a Ctrl-C means at each moment. */
class Turns {
  #isRunning = false;
  #interrupts = 0;

  constructor(
    private readonly deciding: Deciding,
    private readonly leaving: AbortController,
  ) {}

  async take(said: { agent: string; thread: string; text: string }): Promise<number> {
    this.#isRunning = true;
    this.#interrupts = 0;
    try {
      return await new ChatTurn(this.deciding).take(said);
    } finally {
      this.#isRunning = false;
    }
  }

  /** The first one during a run stops the run, which the turn does by itself; any other leaves. */
  interrupted(): void {
    this.#interrupts += 1;
    if (!this.#isRunning || this.#interrupts > 1) this.leaving.abort();
  }
}
