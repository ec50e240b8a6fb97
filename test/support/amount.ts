/**
 * How much of a long loop is run: a part of it in `npm test`, all of it in `npm run soak`, which
 * sets RREPL_TEST_FULL.
 */
export function amount(part: number, full: number): number {
  return process.env.RREPL_TEST_FULL ? full : part;
}
