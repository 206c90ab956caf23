export { isSealed, readButton, sealButton, type ButtonFacts, type ButtonVerb } from './button-token.js';
export { isInspectable, showPlainly, type Card, type CardLine } from './card.js';
export { isPushed, type Deliveries } from './deliveries.js';
export { failed, warned, well, type Check } from './check.js';
export type { Desk, Details, Press, Pressed, Reason } from './desk.js';
export type { Account, Heard, HeardAs } from './heard.js';
export type { Answer, CardButtons, Found, Rendering, Shown, Signal, Surface, ToShow } from './surface.js';
export type { SurfaceEvent, ThreadRef } from './surface-event.js';
