/** A service that is not there fails the suites that need it; they are never skipped. */
export function missing(what) {
  return new Error(`${what} is not installed. On Debian: sudo bash scripts/install-services.sh`);
}
