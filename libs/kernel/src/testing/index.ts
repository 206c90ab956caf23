export { FixedClock } from './fixed-clock.js';
