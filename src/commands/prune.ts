import type { Context } from '../context.js';
import { LABEL } from '../docker/labels.js';
import { type ObservedTopology, observeAll } from '../docker/observe.js';
import type { Runtime } from '../docker/runtime.js';
import { takeDown } from '../execute/take-down.js';
import { plural } from '../format.js';
import { type Leftover, leftovers } from '../plan/prune.js';
import { confirm } from '../ui/confirm.js';
import { startProgress } from '../ui/progress.js';

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
  const found = leftovers(await observeAll(runtime), { nowMs: Date.now(), olderThanMs });
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
  await removeAll(context, runtime, found);
  return 0;
}

/** One that can't be removed doesn't keep the others; its error is thrown in the end. */
async function removeAll(
  context: Context,
  runtime: Runtime,
  found: readonly Leftover[],
): Promise<void> {
  const failures: unknown[] = [];
  for (const { topology, why } of found) {
    const progress = await startProgress({ ...context, title: `removing ${topology.name}` });
    const work = { volumes: true, signal: context.signal, emit: progress.show };
    try {
      await takeDown(runtime, topology, work);
      progress.end();
      context.stdout.write(`${topology.name}: ${why}; removed ${contents(topology)}\n`);
    } catch (error) {
      progress.end();
      context.stdout.write(`${topology.name}: ${why}; not removed\n`);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function contents({ nodes, networks, volumes }: ObservedTopology): string {
  const containers = nodes.flatMap(({ container }) => container ?? []);
  const folder = containers.find(({ labels }) => labels[LABEL.dir])?.labels[LABEL.dir];
  return [
    plural(containers.length, 'container'),
    plural(networks.length, 'network'),
    plural(volumes.length, 'volume'),
    ...(folder ? [`not the files in ${folder}`] : []),
  ].join(', ');
}
