type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only what was given: members without a value are left out, so that the server's defaults hold. */
export function given<T extends object>(members: T): Given<T> {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Given<T>; // members of T, without those that are undefined
}
