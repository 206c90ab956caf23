import { routes, type ApiClient, type EventView, type RunView } from '@openloop/api-contract';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);
/** Events only wake us; should one be lost, we look anyway. */
const LOOK_AGAIN_MS = 2000;

export interface FollowOptions {
  signal: AbortSignal;
  onEvent?: (event: EventView) => void;
  /** Called with the run each time something may have changed; `true` ends the following. */
  onLook: (run: RunView) => Promise<boolean> | boolean;
}

export function isOver({ status }: RunView): boolean {
  return TERMINAL.has(status);
}

/** Follows a run by its events until it is over, `onLook` has seen enough, or the signal aborts. Gives its last state. */
export async function followRun(
  client: ApiClient,
  id: string,
  { signal, onEvent, onLook }: FollowOptions,
): Promise<RunView> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener('abort', end);
  const events = client.stream(routes['runs.events'], { params: { id } }, { signal: stop.signal });
  let next = nextOf(events);
  try {
    for (;;) {
      const run = await client.call(routes['runs.get'], { params: { id } });
      if ((await onLook(run)) || isOver(run) || signal.aborted) return run;
      const woken = await Promise.race([next, pause(LOOK_AGAIN_MS, stop.signal)]);
      if (woken === 'ended') next = new Promise(() => undefined);
      else if (woken !== 'pause') {
        onEvent?.(woken);
        next = nextOf(events);
      }
    }
  } finally {
    signal.removeEventListener('abort', end);
    stop.abort();
  }
}

/** A stream that cannot be read is no reason to give up: the run itself is looked at as well. */
async function nextOf(events: AsyncGenerator<{ data: EventView }>): Promise<EventView | 'ended'> {
  try {
    const { done, value } = await events.next();
    return done ? 'ended' : value.data;
  } catch {
    return 'ended';
  }
}

function pause(ms: number, signal: AbortSignal): Promise<'pause'> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve('pause');
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
