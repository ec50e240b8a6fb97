import type { Context } from '../context.js';
import { LABEL } from '../docker/labels.js';
import { type ObservedTopology, observeAll, observeTopology } from '../docker/observe.js';
import { setAsideFolders, takeDown } from '../execute/take-down.js';
import { plural } from '../format.js';
import { startProgress } from '../ui/progress.js';
import { type TargetOptions, topologyName } from './session.js';

export interface DownOptions extends TargetOptions {
  readonly volumes?: boolean;
  readonly all?: boolean;
}

export async function downCommand(context: Context, options: DownOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const topologies = options.all
    ? await observeAll(runtime)
    : [await observeTopology(runtime, await topologyName(context, options))];
  const setAside = topologies.map(setAsideFolders);
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
  for (const [at, topology] of topologies.entries()) {
    context.stderr.write(`${summary(topology, options, setAside[at] ?? [])}\n`);
  }
  if (topologies.length === 0) context.stderr.write('no topologies, nothing to do\n');
  return 0;
}

function summary(
  observed: ObservedTopology,
  { volumes }: DownOptions,
  setAside: readonly string[],
): string {
  const { name, nodes, networks } = observed;
  const containers = nodes.flatMap(({ container }) => (container ? [container] : []));
  const folder = containers.find(({ labels }) => labels[LABEL.dir])?.labels[LABEL.dir];
  const kept = volumes ? 0 : observed.volumes.length;
  const nothing = containers.length + networks.length + (observed.volumes.length - kept) === 0;
  return [
    nothing ? `${name}: nothing to remove` : `${name} is down`,
    ...(folder
      ? [`the files in ${folder} are kept: \`rrepl up --dir ${folder}\` finds them again`]
      : []),
    ...(volumes && setAside.length > 0
      ? [`removed what was set aside: ${setAside.join(', ')}`]
      : []),
    ...(kept > 0
      ? [
          `${plural(kept, 'volume')} kept: \`rrepl up\` finds the data again, \`rrepl down --volumes\` removes it`,
        ]
      : []),
  ].join('; ');
}
