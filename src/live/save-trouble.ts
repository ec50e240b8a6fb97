/** Why a server can't write its data to the disk: INFO says that it can't, only its log says why. Pure. */
import type { PersistenceFacts } from '../redis/info.js';

/** What `src/rdb.c` and `src/aof.c` log when a file can't be opened, written, renamed, or no child forked. */
const REASON =
  /[*#] ((?:Failed opening|Write error|Error moving|Error trying|Can't (?:save|rewrite)|Error writing|Short write|(?:Asynchronous )?AOF fsync).*)$/;

/** Null if nothing is wrong. */
export function saveTrouble(facts: PersistenceFacts, log: readonly string[]): string | null {
  const failed = [
    ...(facts.rdbLastSaveOk ? [] : ['its last save failed']),
    ...(facts.aofLastWriteOk ? [] : ["it can't write its AOF"]),
    ...(facts.aofLastRewriteOk ? [] : ['its last AOF rewrite failed']),
  ];
  if (failed.length === 0) return null;
  const last = log.findLast((line) => REASON.test(line));
  const reason = last === undefined ? '' : `: ${REASON.exec(last)?.[1]}`;
  return failed.join(', ') + reason;
}
