/** What a node would remember if it were stopped now: its settings, and the RDB on its disk. */
import { containerOf, type LiveNode } from '../../live/live-topology.js';
import type { Disk } from '../../psync/memory.js';
import { RDB_HEADER_BYTES, type RdbOrigin, rdbOrigin } from '../../psync/rdb-header.js';
import { configValue } from '../../redis/ask.js';
import type { Stage } from '../stage.js';

const EXEC_MS = 10_000;

/** The node must run. */
export async function readDisk(stage: Stage, node: LiveNode): Promise<Disk> {
  const [aof, save, file] = await Promise.all(
    ['appendonly', 'save', 'dbfilename'].map((name) => configValue(node.redis, name)),
  );
  return {
    aof: aof === 'yes',
    savePoints: save !== '',
    rdb: await readOrigin(stage, node, `/data/${file}`),
  };
}

/** Read as hex digits, because only text comes out of the container. */
async function readOrigin(stage: Stage, node: LiveNode, path: string): Promise<RdbOrigin | null> {
  const dump = ['od', '-An', '-v', '-tx1', '-N', String(RDB_HEADER_BYTES), path];
  const { exitCode, stdout } = await stage.live.runtime.exec(containerOf(node), dump, EXEC_MS);
  return exitCode === 0 ? rdbOrigin(Buffer.from(stdout.replace(/\s/g, ''), 'hex')) : null;
}
