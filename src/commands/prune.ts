import type { Context } from '../context.js';
import { LABEL } from '../docker/labels.js';
import {
  containersOf,
  type ObservedTopology,
  observeAll,
  observeTopology,
} from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import { takeDown } from '../execute/take-down.js';
import { plural } from '../format.js';
import { type Leftover, leftovers } from '../plan/prune.js';
import { confirm } from '../ui/confirm.js';
import { startProgress } from '../ui/progress.js';
import { alone } from './session.js';

export interface PruneOptions {
  readonly host?: string;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly yes?: boolean;
}

/** Removes whole topologies, their volumes too. What carries no label of rrepl's is never looked at. */
export async function pruneCommand(context: Context, options: PruneOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const olderThanMs = options.olderThan ?? null;
  const among = (topologies: readonly ObservedTopology[]) =>
    leftovers(topologies, { nowMs: Date.now(), olderThanMs });
  const found = among(await observeAll(runtime));
  if (found.length === 0) {
    const nothing = olderThanMs === null ? 'no topology has expired' : 'no topology is that old';
    context.stderr.write(`${nothing}; \`rrepl ls\` shows what is there\n`);
    return 0;
  }
  if (!options.yes) {
    for (const { topology, why } of found) {
      context.stdout.write(`${topology.name}: ${why}; would remove ${contents(topology)}\n`);
    }
    const question = `remove ${plural(found.length, 'topology', 'topologies')} with the data?`;
    if (!(await confirm(context, question))) {
      context.stderr.write('nothing was removed; `--yes` removes without asking\n');
      return 0;
    }
  }
  const { host } = options;
  const names = found.map(({ topology }) => topology.name);
  // What came up again while the user, or rrepl, was waiting is in use.
  const look = async (name: string) => among([await observeTopology(runtime, name)])[0];
  await removeAll(names, (name) =>
    alone(context, { name, host }, async () => {
      const leftover = await look(name);
      if (leftover) await remove(context, runtime, leftover);
      else context.stdout.write(`${name}: in use again; not removed\n`);
    }),
  );
  return 0;
}

/** One that can't be removed doesn't keep the others; its error is thrown in the end. */
async function removeAll(
  names: readonly string[],
  removeOne: (name: string) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    await removeOne(name).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function remove(
  context: Context,
  runtime: Runtime,
  { topology, why }: Leftover,
): Promise<void> {
  const progress = await startProgress({ ...context, title: `removing ${topology.name}` });
  const work = { volumes: true, signal: context.signal, emit: progress.show };
  let done = 'not removed';
  try {
    await takeDown(runtime, topology, work);
    done = `removed ${contents(topology)}`;
  } finally {
    progress.end();
    context.stdout.write(`${topology.name}: ${why}; ${done}\n`);
  }
}

function contents(topology: ObservedTopology): string {
  const { networks, volumes } = topology;
  const containers = containersOf(topology);
  const folder = containers.find(({ labels }) => labels[LABEL.dir])?.labels[LABEL.dir];
  return [
    plural(containers.length, 'container'),
    plural(networks.length, 'network'),
    plural(volumes.length, 'volume'),
    ...(folder ? [`not the files in ${folder}`] : []),
  ].join(', ');
}
