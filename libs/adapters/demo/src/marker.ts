/** What is refused in text from outside, so that no text can pass for a marker of ours. */
export const MARKER_START = 'openloop:effect:';

/** Invisible where Markdown is shown; how a write whose end was not seen is found again. */
export function markerOf(effectKey: string): string {
  return `<!-- ${MARKER_START}${effectKey} -->`;
}
