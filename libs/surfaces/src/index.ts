export { isInspectable, showPlainly, type Card, type CardLine } from './card.js';
export type { SurfaceEvent, ThreadRef } from './surface-event.js';
