import type { Rendering, Shown, ToShow } from '@openloop/surfaces';

import type { SlackWeb } from '../web/slack-web.js';
import { answerContents } from './answer-contents.js';
import { approvalContent, type SlackContent } from './approval-blocks.js';
import { placeOf } from './places.js';
import { postAll } from './post.js';
import { ThreadSignal } from './thread-signal.js';

/** Shows renderings in Slack threads. One per process: it remembers what each thread was last told. */
export class SlackShow {
  readonly #web: SlackWeb;
  readonly #signal: ThreadSignal;

  constructor(web: SlackWeb) {
    this.#web = web;
    this.#signal = new ThreadSignal(web);
  }

  /** See {@link Surface.show}. Refs are `channel/ts`, one per message. */
  async show({ deliveryId, thread, rendering, refs, mustLook }: ToShow): Promise<Shown> {
    const place = placeOf(thread.key);
    if (isBusy(rendering)) await this.#signal.show(place, rendering);
    const contents = contentsOf(rendering);
    const shown =
      contents.length === 0
        ? { kind: 'shown' as const, refs }
        : await postAll(this.#web, { deliveryId, thread: place, contents, refs, mustLook });
    if (rendering.kind === 'run' && shown.kind !== 'later') await this.#signal.show(place, rendering);
    return shown;
  }
}

function isBusy(rendering: Rendering): rendering is Extract<Rendering, { kind: 'run' }> {
  return rendering.kind === 'run' && rendering.signal !== 'idle';
}

function contentsOf(rendering: Rendering): SlackContent[] {
  if (rendering.kind === 'approval') return [approvalContent(rendering)];
  return rendering.answer === null ? [] : answerContents(rendering.answer);
}
