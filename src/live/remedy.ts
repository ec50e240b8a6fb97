/** What to type after a server has refused something, or has stopped by itself. */
import { upstreamIn } from '../config/upstream.js';
import { DATA_FOLDER } from '../docker/names.js';
import { observeTopology } from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import { ReplyError } from '../redis/node.js';
import { type Connect, observeNodes } from './observe-nodes.js';
import { ServerStoppedError } from './server-exit.js';

export interface Place {
  readonly topology: string;
  readonly runtime: Runtime;
  readonly connect: Connect;
}

/** The error with a hint for this topology, if it is one of those; else the error itself. */
export async function withRemedy(error: unknown, place: Place): Promise<unknown> {
  if (error instanceof ReplyError && error.node !== undefined) {
    const hint = afterRefusal(error, error.node, place.topology);
    return new ReplyError(error.reply, error.node, { hint, cause: error });
  }
  if (error instanceof ServerStoppedError) {
    const { message, server, log } = error;
    // An engine that fails now has nothing to add.
    const copy = await newCopy(error, place).catch(() => null);
    const hint = copy ?? `\`rrepl logs ${server.node} --name ${place.topology}\` shows more`;
    return new ServerStoppedError(message, server, log, { hint, cause: error });
  }
  return error;
}

function afterRefusal({ replyCode, reply }: ReplyError, node: string, topology: string): string {
  const on = (command: string) => `rrepl ${command} ${node} --name ${topology}`;
  switch (replyCode) {
    case 'NOAUTH':
      return `somebody has set a password by hand: \`${on('cli')} -- -a PASSWORD CONFIG SET requirepass ''\` takes it back`;
    case 'WRONGPASS':
    case 'NOPERM':
      return `somebody has changed its users or passwords by hand: \`${on('restart')}\` brings back what its files say`;
    case 'MISCONF':
      return reply.includes('AOF')
        ? `\`${on('logs')}\` says why it can't write its AOF; it goes on by itself once that is mended`
        : `\`${on('logs')}\` says why it can't save; once that is mended, \`${on('cli')} -- BGSAVE\``;
    default:
      return `\`rrepl status --name ${topology}\` and \`${on('logs')}\` show more`;
  }
}

/** What `src/rdb.c` and `src/aof.c` log before they exit because a file can't be read to its end. */
const DAMAGE =
  /Bad file format|[Uu]nexpected end of file|Wrong signature|Short read|RDB reading offset|Wrong RDB checksum|RDB CRC error|Unrecoverable error reading|Fatal error loading|AOF manifest|(?:rdb|aof) file reading failure/;

/**
 * For a replica that can't read its own copy, while its master answers: how it gets another. The
 * damaged one is set aside where it lies, because nobody knows whether it holds more. Else null.
 */
async function newCopy(
  { server, log }: ServerStoppedError,
  { topology, runtime, connect }: Place,
): Promise<string | null> {
  if (!log.some((line) => DAMAGE.test(line))) return null;
  const observed = await observeTopology(runtime, topology);
  const image = observed.nodes.find(({ name }) => name === server.node)?.container?.image;
  const nodeFacts = await observeNodes(runtime, connect, observed);
  const config = nodeFacts.find(({ name }) => name === server.node)?.config ?? null;
  const masters = nodeFacts.filter((it) => it.server?.replication.role === 'master');
  const [master] = masters;
  const isReplica = config !== null && upstreamIn(config) !== null;
  if (image === undefined || master === undefined || masters.length > 1 || !isReplica) return null;
  const aside = `d=${DATA_FOLDER}/.damaged-$(date +%s) && mkdir $d && mv ${DATA_FOLDER}/* $d`;
  return [
    `it can't read its own copy of the data, and ${master.name}, the master, answers: this sets the copy aside, in the same volume or folder, and fetches another`,
    `  docker run --rm --volumes-from ${server.container} --entrypoint sh ${image} -c '${aside}'`,
    `  rrepl heal --name ${topology}`,
  ].join('\n');
}
