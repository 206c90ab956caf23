import type { Readable } from 'node:stream';

/**
 * Hands a Node stream on as a web stream, without reading ahead of the reader. An error becomes what `failed` makes
 * of it; a stream that closes without having ended is one too.
 */
export function bodyStream(source: Readable, failed: (error: Error) => Error): ReadableStream<Uint8Array> {
  let isOver = false;
  const once = (act: () => void) => {
    if (isOver) return;
    isOver = true;
    act();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      source.on('data', (chunk: Buffer) => {
        if (isOver) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) source.pause();
      });
      source.on('end', () => once(() => controller.close()));
      source.on('error', (error) => once(() => controller.error(failed(error))));
      source.on('close', () => once(() => controller.error(failed(new Error('Closed before the end')))));
    },
    pull() {
      source.resume();
    },
    cancel() {
      once(() => source.destroy());
    },
  });
}
