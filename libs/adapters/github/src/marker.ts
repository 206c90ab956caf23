/** What is refused in text from outside, so that no text can pass for a marker of ours. */
export const MARKER_START = 'openloop:effect:';

const ANY_MARKER = /\s*<!-- openloop:effect:[^>]*-->/g;

/** Invisible where GitHub shows Markdown, kept in the raw body: how a write whose end was not seen is found again. */
export function markerOf(effectKey: string): string {
  return `<!-- ${MARKER_START}${effectKey} -->`;
}

export function withMarker(body: string | undefined, effectKey: string): string {
  return body ? `${body}\n\n${markerOf(effectKey)}` : markerOf(effectKey);
}

/** Models need not see the keys. */
export function withoutMarkers(body: string): string {
  return body.replace(ANY_MARKER, '');
}
