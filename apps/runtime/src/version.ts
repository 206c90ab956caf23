import { createRequire } from 'node:module';

/** Of this package: the sources and what is built from them lie equally deep. */
export const VERSION: string = createRequire(import.meta.url)('../package.json').version;
