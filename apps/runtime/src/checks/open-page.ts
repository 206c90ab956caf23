import { spawn } from 'node:child_process';

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
const LINUX = ['xdg-open'];
const STARTED_MS = 2_000;

/** Shows a page in this machine's browser. The address is an argument, never shell text. */
export async function openPage(url: string): Promise<boolean> {
  const [program = '', ...args] = OPENERS[process.platform] ?? LINUX;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => resolve(true), STARTED_MS);
    const end = (isOpen: boolean) => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    child.on('error', () => end(false));
    child.on('exit', (code) => end(code === 0));
    child.unref();
  });
}
