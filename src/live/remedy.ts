/** What is known where a server has refused something, or has stopped by itself. */
import { upstreamIn } from '../config/upstream.js';
import type { Runtime } from '../docker/runtime.js';
import { listTopology } from '../docker/topologies.js';
import type { Connect } from '../redis/node.js';
import { ReplyError } from '../redis/node.js';
import { ServerStoppedError } from './server-exit.js';

export interface Place {
  readonly topology: string;
  readonly runtime: Runtime;
  readonly connect: Connect;
}

/** The error with what is known of it in this topology, if it is one of those; else the error itself. */
export async function withRemedy(error: unknown, place: Place): Promise<unknown> {
  const { topology } = place;
  if (error instanceof ReplyError && error.node !== undefined) {
    const { node, reply, replyCode } = error;
    const about = { code: 'refused', topology, node, reply, replyCode } as const;
    return new ReplyError(reply, node, { about, cause: error });
  }
  if (error instanceof ServerStoppedError) {
    const { message, server, log } = error;
    // An engine that fails now has nothing to add.
    const damaged = await damagedCopy(error, place).catch(() => null);
    const about = { code: 'server-stopped', topology, ...server, damaged } as const;
    return new ServerStoppedError(message, server, log, { about, cause: error });
  }
  return error;
}

/** What `src/rdb.c` and `src/aof.c` log before they exit because a file can't be read to its end. */
const DAMAGE =
  /Bad file format|[Uu]nexpected end of file|Wrong signature|Short read|RDB reading offset|Wrong RDB checksum|RDB CRC error|Unrecoverable error reading|Fatal error loading|AOF manifest|(?:rdb|aof) file reading failure/;

/** For a replica that can't read its own copy, while its master answers and can give it another. */
async function damagedCopy(
  { server, log }: ServerStoppedError,
  { topology, runtime, connect }: Place,
): Promise<{ readonly master: string; readonly image: string } | null> {
  if (!log.some((line) => DAMAGE.test(line))) return null;
  // Only here, where something is wrong: it is half of what `status` would load.
  const { observe } = await import('../observe/nodes.js');
  const { nodes } = await observe(runtime, connect, await listTopology(runtime, topology));
  const damaged = nodes.find(({ name }) => name === server.node);
  const image = damaged?.container?.image;
  const config = damaged?.config ?? null;
  const masters = nodes.filter((it) => it.server?.replication.role === 'master');
  const [master] = masters;
  const isReplica = config !== null && upstreamIn(config) !== null;
  if (image === undefined || master === undefined || masters.length > 1 || !isReplica) return null;
  return { master: master.name, image };
}
