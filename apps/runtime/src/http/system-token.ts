/** Under which Nest hands out the composed system. */
export const SYSTEM = Symbol('openloop:system');
