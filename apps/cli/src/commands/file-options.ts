import { Option, type Command } from 'commander';

export interface FileOptions {
  filename: string[];
  recursive?: boolean;
}

/** `-f` (as often as wanted) and `-R`, for every command that reads agent files. */
export function fileOptions(command: Command): Command {
  const files = new Option(
    '-f, --filename <path>',
    'a file, a folder, a quoted glob, or - for stdin; may be repeated',
  )
    .argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
    .makeOptionMandatory();
  return command.addOption(files).option('-R, --recursive', 'look into folders below folders too');
}
