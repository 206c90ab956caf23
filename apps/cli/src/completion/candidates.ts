import { Scope } from '@openloop/api-contract';
import type { Argument, Command, Option } from 'commander';

/** What one word on the command line may become. */
export interface Candidate {
  value: string;
  description: string;
}

/** Names that only a server knows. */
export type Names = 'agents' | 'approvals' | 'runs';

/** What may stand at the cursor: words that are known, or names to ask for. `before` stands in front of each of those. */
export interface Wanted {
  words: readonly Candidate[];
  names: Names | null;
  before: string;
}

const NOTHING: Wanted = { words: [], names: null, before: '' };

/** Out of the program's own tree: what may follow the words that are there. */
export function candidatesFor(program: Command, earlier: readonly string[], current: string): Wanted {
  const place = walk(program, earlier);
  if (place.awaits) return valuesOf(place.awaits, '');
  if (place.isOperandsOnly) return operandOf(place);
  const [before, long] = /^(--[^=]+)=/.exec(current) ?? [];
  if (before && long) {
    const option = optionOf(place.command, long);
    return option ? valuesOf(option, before) : NOTHING;
  }
  return current.startsWith('-') ? { ...NOTHING, words: flagsOf(place.command) } : operandOf(place);
}

interface Place {
  command: Command;
  /** How many arguments of the command are there already. */
  operands: number;
  /** The option that the next word is the value of. */
  awaits: Option | undefined;
  isOperandsOnly: boolean;
  /** After `help`: only names of commands follow. */
  isHelp: boolean;
}

function walk(program: Command, words: readonly string[]): Place {
  const start: Place = {
    command: program,
    operands: 0,
    awaits: undefined,
    isOperandsOnly: false,
    isHelp: false,
  };
  return words.reduce(step, start);
}

function step(place: Place, word: string): Place {
  if (place.awaits) return { ...place, awaits: undefined };
  if (place.isOperandsOnly) return { ...place, operands: place.operands + 1 };
  if (word === '--') return { ...place, isOperandsOnly: true };
  return word.startsWith('-') ? afterFlag(place, word) : afterWord(place, word);
}

function afterFlag(place: Place, word: string): Place {
  const option = word.includes('=') ? undefined : optionOf(place.command, word);
  return { ...place, awaits: option?.required || option?.optional ? option : undefined };
}

function afterWord(place: Place, word: string): Place {
  const sub = place.operands === 0 ? subcommandOf(place.command, word) : undefined;
  if (sub) return { ...place, command: sub };
  const isHelp = place.isHelp || (word === 'help' && place.command.commands.length > 0);
  return { ...place, operands: isHelp ? 0 : place.operands + 1, isHelp };
}

function operandOf({ command, operands, isHelp }: Place): Wanted {
  if (command.commands.length > 0 && operands === 0) {
    const help = isHelp ? [] : [{ value: 'help', description: 'what a command takes' }];
    return { ...NOTHING, words: [...subcommandsOf(command), ...help] };
  }
  if (isHelp) return NOTHING;
  const all = command.registeredArguments;
  const argument = all[operands] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  return argument ? choicesOf(argument, namesOfArgument(command, argument), '') : NOTHING;
}

/** Options that are repeated have a parser of their own, and so no choices in the tree. */
const REPEATED: Readonly<Record<string, readonly string[]>> = { '--scope': Scope.options };

function valuesOf(option: Option, before: string): Wanted {
  const argChoices = option.argChoices ?? [...(REPEATED[option.long ?? ''] ?? [])];
  return choicesOf({ argChoices }, option.long === '--agent' ? 'agents' : null, before);
}

function choicesOf(
  { argChoices = [] }: Pick<Option | Argument, 'argChoices'>,
  names: Names | null,
  before: string,
): Wanted {
  const words = argChoices.map((value) => ({ value: `${before}${value}`, description: '' }));
  return { words, names: words.length > 0 ? null : names, before };
}

function namesOfArgument(command: Command, argument: Argument): Names | null {
  const group = command.parent?.name();
  const name = argument.name();
  if (name === 'agent' || (group === 'agents' && name === 'name')) return 'agents';
  if (name === 'id' && (group === 'approvals' || group === 'runs')) return group;
  return null;
}

function subcommandsOf(command: Command): Candidate[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');
  return visible.map((each) => ({ value: each.name(), description: each.description() }));
}

function subcommandOf(command: Command, word: string): Command | undefined {
  return command.commands.find((each) => each.name() === word || each.aliases().includes(word));
}

function flagsOf(command: Command): Candidate[] {
  const own = command.createHelp().visibleOptions(command);
  const global = lineage(command)
    .slice(1)
    .flatMap((each) => each.options);
  return [...own, ...global].flatMap(({ long, hidden, description }) =>
    long && !hidden ? [{ value: long, description }] : [],
  );
}

function optionOf(command: Command, flag: string): Option | undefined {
  return lineage(command)
    .flatMap((each) => each.options)
    .find(({ long, short }) => long === flag || short === flag);
}

/** The command and those it stands in, up to the program. */
function lineage(command: Command): Command[] {
  return command.parent ? [command, ...lineage(command.parent)] : [command];
}
