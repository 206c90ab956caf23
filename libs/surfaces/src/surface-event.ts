import type { PrincipalId } from '@openloop/kernel';

/** Where to answer. Only the surface that made `key` can read it. */
export interface ThreadRef {
  surface: string;
  channel: string | null;
  key: string;
}

/** Something said to an agent, the same shape whichever product it came from. The author is already a principal. */
export interface SurfaceEvent {
  /** The product's own id for it; the same event delivered twice has the same key. */
  key: string;
  thread: ThreadRef;
  authorId: PrincipalId;
  text: string;
  /** When it was said, by the product's own clock; absent where only ours is known. */
  at?: Date;
  /** What kind of task the surface or the caller says it is, for the model policy's routes. */
  labels: Readonly<Record<string, string>>;
}
