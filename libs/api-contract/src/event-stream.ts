/** One event of a `text/event-stream`, as the HTML standard defines it. */
export interface StreamEvent {
  /** The last id seen, also when this event brought none. */
  id: string;
  event: string;
  data: string;
}

/** Reads events as they arrive. An event that the end of the stream cuts off is dropped, as the standard says. */
export async function* readEvents(body: AsyncIterable<Uint8Array>, lastId = ''): AsyncGenerator<StreamEvent> {
  let id = lastId;
  let event = '';
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
      [event, data] = ['', []];
      continue;
    }
    const [field, value] = fieldOf(line);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

/** A line with nothing before its colon is a comment and has no field. */
function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}

/** Whole lines only, whichever of CR LF, LF and CR ends them and however the bytes were cut. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const isOpen = rest.endsWith('\r');
    const lines = (isOpen ? rest.slice(0, -1) : rest).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + (isOpen ? '\r' : '');
    yield* lines;
  }
}
