/**
 * A server with a copy of a dead node's data, which nobody else reaches: its container has no network
 * and can't write to the node's files, and the way to it is the container's own input and output. The engine
 * removes it as soon as rrepl lets go of that, also by being killed.
 */
import { bounded } from '../docker/call.js';
import { LABEL } from '../docker/labels.js';
import type { Runtime } from '../docker/runtime.js';
import { duration } from '../format.js';
import type { Bounds } from '../stream/read-stream.js';
import { Wire } from '../stream/wire.js';
import { helperLabels, type Place } from './set-aside.js';

/** What it loads: files of the data folder, by their paths within it. */
export type Load =
  | { readonly kind: 'rdb'; readonly path: string }
  /** `folder` is null for the one file of an AOF before 7.0. */
  | { readonly kind: 'aof'; readonly file: string; readonly folder: string | null };

export interface LoneServer extends Place {
  readonly load: Load;
  /** As its redis.conf says: a key in another one could not be loaded. */
  readonly databases: number;
}

const PORT = 6379;

/** Rejects with `EngineError`, and the server's own words, if it does not load its data. */
export async function withLoneServer<T>(
  runtime: Runtime,
  { topology, node, container, load, databases }: LoneServer,
  { deadlineMs, signal }: Bounds,
  work: (wire: Wire) => Promise<T>,
): Promise<T> {
  const labels = { ...helperLabels(topology), [LABEL.lone]: node };
  await removeLeft(runtime, topology, node);
  const path = load.kind === 'rdb' ? load.path : (load.folder ?? load.file);
  const command = ['sh', '-c', SCRIPT, 'rrepl', path, ...optionsOf(load, databases)];
  const bounds = {
    deadlineMs,
    signals: [signal],
    overdue: (ms: number) => `the data of ${node} could not be read within ${duration(ms)}`,
  };
  const opened = runtime.openBeside(container, command, labels);
  let wire: Wire | undefined;
  try {
    return await bounded(bounds, async () => {
      const place = { name: node, host: 'localhost', port: PORT, login: null, authority: null };
      wire = new Wire(place, await opened);
      await wire.ask('PING');
      return work(wire);
    });
  } finally {
    wire?.close();
    // It may still be under way.
    opened.then(
      (stream) => stream.destroy(),
      () => {},
    );
  }
}

/** Of a run that was killed together with the engine. */
async function removeLeft(runtime: Runtime, topology: string, node: string): Promise<void> {
  const left = await runtime.listContainers({ [LABEL.topology]: topology, [LABEL.lone]: node });
  await Promise.all(left.map(({ id }) => runtime.removeContainer(id)));
}

function optionsOf(load: Load, databases: number): string[] {
  const common = ['--port', String(PORT), '--bind', '127.0.0.1', '--databases', String(databases)];
  const still = ['--save', '', '--auto-aof-rewrite-percentage', '0'];
  if (load.kind === 'rdb')
    return [...common, ...still, '--appendonly', 'no', '--dbfilename', load.path];
  const folder = load.folder === null ? [] : ['--appenddirname', load.folder];
  return [...common, ...still, '--appendonly', 'yes', '--appendfilename', load.file, ...folder];
}

/** Without the data there is nothing to say; with them, what comes in goes to the server. */
const SCRIPT = `
server=$(command -v valkey-server || command -v redis-server)
cli=$(command -v valkey-cli || command -v redis-cli)
log=/tmp/rrepl-lone.log data=/tmp/rrepl-lone path=$1
shift
umask 077
mkdir -p $data && cp -R "/data/$path" $data/ || exit 1
cd $data || exit 1
"$server" "$@" --dir $data --logfile $log > /dev/null 2>&1 < /dev/null &
pid=$!
until [ "$("$cli" ping 2>/dev/null)" = PONG ]; do
  kill -0 $pid 2>/dev/null || { tail -n 5 $log >&2; exit 1; }
  sleep 0.1
done
if command -v nc > /dev/null; then
  nc 127.0.0.1 ${PORT}
else
  bash -c 'exec 3<>/dev/tcp/127.0.0.1/${PORT}; cat <&3 & cat >&3'
fi
kill -9 $pid
`;
