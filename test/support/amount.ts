/**
 * How much of a long loop is run, or how thoroughly: a part of it in `npm test`, all of it in
 * `npm run soak`, which sets RREPL_TEST_FULL.
 */
export function amount<T>(part: T, full: T): T {
  return process.env.RREPL_TEST_FULL ? full : part;
}
