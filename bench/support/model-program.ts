import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ModelProgram {
  /** Up to and including the version. */
  baseUrl: string;
  asked(): Promise<number>;
  leave(): void;
}

/** Starts the model that answers at once, in a program of its own. */
export async function startModel(): Promise<ModelProgram> {
  const child = fork(fileURLToPath(new URL('../contestants/instant-model.js', import.meta.url)));
  const [baseUrl] = (await once(child, 'message')) as [string]; // the first thing it says is where it is
  return {
    baseUrl,
    asked: async () => Number(await (await fetch(baseUrl)).text()),
    leave: () => child.disconnect(),
  };
}
