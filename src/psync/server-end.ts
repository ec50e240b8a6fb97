/**
 * How a server ended, by its log (`prepareForShutdown` and `finishShutdown`, src/server.c; before
 * 7.0 `prepareForShutdown`, src/db.c). The words are the same in redis 6.0, 7.0, 8.0 and valkey
 * 8.1, but for the product's name. Pure.
 */

export interface ServerEnd {
  /** It said good-bye. False of one that was killed, that runs, or whose log is not here. */
  readonly graceful: boolean;
  /** Whether its AOF was on, whatever its redis.conf says; null if that can't be told. */
  readonly aof: boolean | null;
  /** Whether it saved an RDB as it ended; null if that can't be told. */
  readonly saved: boolean | null;
}

const STARTED = /(?:Redis|Valkey) is starting/;
const READY_TO_EXIT = /(?:Redis|Valkey) is now ready to exit, bye bye/;
const AOF_SYNCED = /Calling fsync\(\) on the AOF file/;
const SAVING = /Saving the final RDB snapshot before exiting/;
const SAVED = /DB saved on disk/;
/** Of level notice, as are the lines above but the exit line: `loglevel warning` hides them. */
const NOTICE = /^\d+:[A-Z] [^*#]*\* |\blevel=notice\b/;

/** @param log all lines since it was started last, or the last ones of them, oldest first. */
export function endOf(log: readonly string[]): ServerEnd {
  const run = log.slice(log.findLastIndex((line) => STARTED.test(line)) + 1);
  const exitAt = run.findLastIndex((line) => READY_TO_EXIT.test(line));
  if (exitAt < 0) return { graceful: false, aof: null, saved: null };
  const last = run.slice(0, exitAt);
  if (!last.some((line) => NOTICE.test(line))) return { graceful: true, aof: null, saved: null };
  const saving = last.findLastIndex((line) => SAVING.test(line));
  return {
    graceful: true,
    aof: last.some((line) => AOF_SYNCED.test(line)),
    saved: saving >= 0 && last.slice(saving).some((line) => SAVED.test(line)),
  };
}
