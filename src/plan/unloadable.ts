/** A master that would not load the data it has, and write over them later. Pure. */
import { confValue } from '../config/conf-file.js';
import { InvalidTopologyError, type Problem } from '../errors.js';
import type { ObservedNode } from '../observe/observed.js';
import type { DiskFacts } from '../psync/disk.js';
import { diskText } from './copies.js';

type Source = 'rdb' | 'aof';

/** Where the newest data are: in the only file there is; of two in the one that was written to the end. */
function newest({ config, disk, end }: ObservedNode): Source | null {
  const { rdb, aof } = disk ?? {};
  if (!rdb || !aof) return rdb && rdb.keys !== 0 ? 'rdb' : aof ? 'aof' : null;
  if (end !== null && end.aof !== null) return end.aof ? 'aof' : 'rdb';
  return config === null ? null : sourceOf(config);
}

const sourceOf = (config: string): Source =>
  confValue(config, 'appendonly') === 'yes' ? 'aof' : 'rdb';

const WORDS = { rdb: 'an RDB', aof: 'an AOF' } as const;

/**
 * Why a master must not be started with this redis.conf; null if it may.
 * @param config the text that it is to start with
 */
export function unloadable(topology: string, node: ObservedNode, config: string): Problem | null {
  const from = node.server === null ? newest(node) : null;
  const to = sourceOf(config);
  if (from === null || from === to) return null;
  return {
    source: `topology ${topology}`,
    message: `${node.name} has its newest data in ${WORDS[from]} (${diskText(node.disk as DiskFacts)}) and would start from ${to === 'aof' && node.disk?.aof === null ? 'an AOF that is not there' : WORDS[to]}, without them`,
    about: { code: 'newest-not-loaded', topology, appendonly: from === 'aof' ? 'yes' : 'no' },
  };
}

/** @throws InvalidTopologyError if the master would come back without the data that it has. */
export function refuseUnloadable(topology: string, master: ObservedNode | undefined): void {
  if (master?.config == null) return;
  const problem = unloadable(topology, master, master.config);
  if (problem !== null) throw new InvalidTopologyError([problem]);
}
