import type { Context } from '../context.js';
import { LABEL } from '../docker/labels.js';
import {
  containersOf,
  type ObservedTopology,
  observeAll,
  observeTopology,
} from '../docker/observe.js';
import { takeDown } from '../execute/take-down.js';
import { plural } from '../format.js';
import { startProgress } from '../ui/progress.js';
import { alone } from './lock.js';
import { type TargetOptions, topologyName } from './session.js';

export interface DownOptions extends TargetOptions {
  readonly volumes?: boolean;
  readonly all?: boolean;
}

export async function downCommand(context: Context, options: DownOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const names = options.all
    ? (await observeAll(runtime)).map(({ name }) => name)
    : [await topologyName(context, options)];
  const progress = await startProgress({ ...context, title: `taking down ${names.join(', ')}` });
  try {
    const volumes = options.volumes ?? false;
    const work = { volumes, signal: context.signal, emit: progress.show };
    const takenDown = await Promise.all(
      names.map((name) =>
        alone(context, { name, host: options.host }, async () => {
          const topology = await observeTopology(runtime, name);
          await takeDown(runtime, topology, work);
          return topology;
        }),
      ),
    );
    progress.end();
    for (const topology of takenDown) context.stderr.write(`${summary(topology, options)}\n`);
  } finally {
    progress.end();
  }
  if (names.length === 0) context.stderr.write('no topologies, nothing to do\n');
  return 0;
}

function summary(observed: ObservedTopology, { volumes }: DownOptions): string {
  const { name, networks } = observed;
  const containers = containersOf(observed);
  const folder = containers.find(({ labels }) => labels[LABEL.dir])?.labels[LABEL.dir];
  const kept = volumes ? 0 : observed.volumes.length;
  const nothing = containers.length + networks.length + (observed.volumes.length - kept) === 0;
  return [
    nothing ? `${name}: nothing to remove` : `${name} is down`,
    ...(folder
      ? [`the files in ${folder} are kept: \`rrepl up --dir ${folder}\` finds them again`]
      : []),
    ...(kept > 0
      ? [
          `${plural(kept, 'volume')} kept: \`rrepl up\` finds the data again, \`rrepl down --volumes\` removes it`,
        ]
      : []),
  ].join('; ');
}
