import type { Command } from 'commander';

/** Examples before everything else that `--help` says: `[what to type, what it does]`. */
export function withExamples(
  command: Command,
  examples: readonly (readonly [typed: string, meaning: string])[],
): Command {
  const width = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, meaning]) => `  ${typed.padEnd(width)}  ${meaning}`);
  return command.addHelpText('before', `\nExamples:\n${lines.join('\n')}\n`);
}
