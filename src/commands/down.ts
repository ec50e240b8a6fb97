import type { Context } from '../context.js';
import { LABEL } from '../docker/labels.js';
import { type ObservedTopology, observeAll, observeTopology } from '../docker/observe.js';
import { takeDown } from '../execute/take-down.js';
import { plural, shellWord } from '../format.js';
import { atStake } from '../live/at-stake.js';
import { startProgress } from '../ui/progress.js';
import { type TargetOptions, topologyName, withTopology } from './session.js';

export interface DownOptions extends TargetOptions {
  readonly volumes?: boolean;
  readonly all?: boolean;
}

export async function downCommand(context: Context, options: DownOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const topologies = options.all
    ? await observeAll(runtime)
    : [await observeTopology(runtime, await topologyName(context, options))];
  const stakes = new Map<string, string>();
  if (!options.volumes) {
    for (const { name } of topologies) {
      const stake = await lostWithAll(context, { ...options, name });
      if (stake === null) continue;
      stakes.set(name, stake);
      context.stderr.write(`${name}: ${stake}, and nothing keeps them: they are gone after this\n`);
    }
  }
  const title = `taking down ${topologies.map(({ name }) => name).join(', ')}`;
  const progress = await startProgress({ ...context, title });
  try {
    const volumes = options.volumes ?? false;
    await Promise.all(
      topologies.map((topology) =>
        takeDown(runtime, topology, { volumes, signal: context.signal, emit: progress.show }),
      ),
    );
  } finally {
    progress.end();
  }
  for (const topology of topologies) {
    context.stderr.write(`${summary(topology, options, stakes.has(topology.name))}\n`);
  }
  if (topologies.length === 0) context.stderr.write('no topologies, nothing to do\n');
  return 0;
}

/**
 * What ends with the servers of a topology, in words: of the master, unless one node that has its
 * data keeps them. Null if nothing does, or if no master answers.
 */
async function lostWithAll(context: Context, options: TargetOptions): Promise<string | null> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const { nodes } = await observeTopology(runtime, options.name ?? '');
  if (!nodes.some(({ container }) => container?.state === 'running')) return null;
  return withTopology(context, options, async (live) => {
    const stakes = await Promise.all(
      live.nodes.map(async ({ name, redis, observed: { container } }) => {
        if (container?.state !== 'running') return null;
        return { name, stake: await atStake(redis, 'stopped').catch(() => 'unknown') };
      }),
    );
    const running = stakes.filter((it) => it !== null);
    if (running.some(({ stake }) => stake === null || stake === 'unknown')) return null;
    const [first] = running;
    return first ? `${first.name} has ${first.stake}` : null;
  });
}

function summary(
  observed: ObservedTopology,
  { volumes }: DownOptions,
  withoutData: boolean,
): string {
  const { name, nodes, networks } = observed;
  const containers = nodes.flatMap(({ container }) => (container ? [container] : []));
  const folder = containers.find(({ labels }) => labels[LABEL.dir])?.labels[LABEL.dir];
  const kept = volumes ? 0 : observed.volumes.length;
  const nothing = containers.length + networks.length + (observed.volumes.length - kept) === 0;
  return [
    nothing ? `${name}: nothing to remove` : `${name} is down`,
    ...(folder
      ? [
          `the files in ${folder} are kept: \`rrepl up --name ${name} --dir ${shellWord(folder)}\` finds them again`,
        ]
      : []),
    ...(kept > 0
      ? [
          withoutData
            ? `${plural(kept, 'volume')} kept, without the data that were in no file; \`rrepl down --volumes --name ${name}\` removes them`
            : `${plural(kept, 'volume')} kept: \`rrepl up --name ${name}\` finds the data again, \`rrepl down --volumes --name ${name}\` removes it`,
        ]
      : []),
  ].join('; ');
}
