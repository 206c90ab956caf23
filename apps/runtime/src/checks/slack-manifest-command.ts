import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { lostWhenMinimal, newAppLink, slackManifest, type ManifestOptions } from '@openloop/adapter-slack';
import { AppError } from '@openloop/kernel';

import type { OperatorIo } from './operator-io.js';
import { reasonOf } from './words.js';

const OPTIONS = {
  minimal: { type: 'boolean', default: false },
  http: { type: 'string' },
  name: { type: 'string' },
  out: { type: 'string' },
  open: { type: 'boolean', default: false },
} as const;

/** `slack-manifest [--minimal] [--http URL] [--name N] [--out FILE] [--open]`: the app as Slack takes it. */
export async function slackManifestCommand(io: OperatorIo): Promise<number> {
  const { out, open, ...options } = readOptions(io.args);
  const text = `${JSON.stringify(slackManifest(options), null, 2)}\n`;
  if (out !== undefined) await write(resolve(io.cwd, out), text);
  else if (!open) io.stdout.write(text);
  if (open) await openLink(io, newAppLink(options));
  if (options.minimal) {
    io.stderr.write(
      `Left out, and what is lost:\n${lostWhenMinimal()
        .map((line) => `  ${line}\n`)
        .join('')}`,
    );
  }
  return 0;
}

/** Also in a terminal without a browser, where the link is all there is. */
export async function openLink({ stderr, openPage }: OperatorIo, link: string): Promise<void> {
  const isOpen = await openPage(link);
  stderr.write(
    isOpen ? `Opened in your browser. If it did not come up:\n${link}\n` : `Open this page:\n${link}\n`,
  );
}

function readOptions(args: readonly string[]): ManifestOptions & { out?: string; open: boolean } {
  try {
    const { http, name, out, minimal, open } = parseArgs({ args: [...args], options: OPTIONS }).values;
    return {
      minimal,
      open,
      ...(http !== undefined && { http }),
      ...(name !== undefined && { name }),
      ...(out !== undefined && { out }),
    };
  } catch (cause) {
    throw new AppError('invalid', 'slack.usage', 'There is no such option', {
      cause,
      hint: 'slack-manifest [--minimal] [--http URL] [--name NAME] [--out FILE] [--open]',
    });
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new AppError('invalid', 'slack.manifest_file', `Cannot write ${file} (${reasonOf(error)})`, {
      hint: 'Name a file in a folder that is there and that you may write to with --out',
    });
  }
}
