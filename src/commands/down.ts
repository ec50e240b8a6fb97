import type { Context } from '../context.js';
import { LABEL } from '../docker/labels.js';
import {
  containersOf,
  type ObservedTopology,
  observeAll,
  observeTopology,
} from '../docker/observe.js';
import { setAsideFolders, takeDown } from '../execute/take-down.js';
import { plural, shellWord } from '../format.js';
import { atStake } from '../live/at-stake.js';
import { readStatus } from '../live/status.js';
import { confirm } from '../ui/confirm.js';
import { startProgress } from '../ui/progress.js';
import { alone, type TargetOptions, topologyName, withTopology } from './session.js';
import { withTyped } from './typed-again.js';

export interface DownOptions extends TargetOptions {
  readonly volumes?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

export async function downCommand(context: Context, options: DownOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const found = options.all ? await observeAll(runtime) : null;
  if (
    found !== null &&
    found.length > 0 &&
    !(options.yes || (await agreed(context, found, options)))
  )
    return 0;
  const names = found?.map(({ name }) => name) ?? [await topologyName(context, options)];
  const progress = await startProgress({ ...context, title: `taking down ${names.join(', ')}` });
  try {
    const volumes = options.volumes ?? false;
    const work = { volumes, signal: context.signal, emit: progress.show };
    const takenDown = await Promise.all(
      names.map((name) =>
        alone(context, { name, host: options.host }, async () => {
          const topology = await observeTopology(runtime, name);
          const runs = topology.nodes.some(({ container }) => container?.state === 'running');
          const asked = runs && !volumes;
          // What can't be asked keeps nobody from taking it down.
          const stake = asked
            ? await lostWithAll(context, { ...options, name }).catch(() => null)
            : null;
          if (stake !== null) {
            const text = `${name}: ${stake}, and nothing keeps them: they are gone after this`;
            progress.show({ type: 'note', text });
          }
          const setAside = setAsideFolders(topology);
          await takeDown(runtime, topology, work);
          return { topology, withoutData: stake !== null, setAside };
        }),
      ),
    );
    progress.end();
    for (const { topology, ...rest } of takenDown) {
      context.stderr.write(`${withTyped(summary(topology, options, rest), context.argv)}\n`);
    }
  } finally {
    progress.end();
  }
  if (names.length === 0) context.stderr.write('no topologies, nothing to do\n');
  return 0;
}

/** Every topology of the engine is listed first: they may be other people's. */
async function agreed(
  context: Context,
  found: readonly ObservedTopology[],
  { volumes = false }: DownOptions,
): Promise<boolean> {
  for (const topology of found) {
    const kept = volumes ? '' : '; its volumes are kept';
    context.stdout.write(`${topology.name}: would remove ${contents(topology, volumes)}${kept}\n`);
  }
  const data = volumes ? ' with the data' : '';
  const question = `take down ${plural(found.length, 'topology', 'topologies')}${data}?`;
  if (await confirm(context, question)) return true;
  context.stderr.write('nothing was removed; `--yes` removes without asking\n');
  return false;
}

const contents = (topology: ObservedTopology, volumes: boolean): string =>
  [
    plural(containersOf(topology).length, 'container'),
    plural(topology.networks.length, 'network'),
    ...(volumes ? [plural(topology.volumes.length, 'volume')] : []),
  ].join(', ');

/**
 * What ends with the servers of a topology, in words, unless a node that has all of it keeps it.
 * Null also if no master answers.
 */
async function lostWithAll(context: Context, options: TargetOptions): Promise<string | null> {
  return withTopology(context, options, async (live) => {
    const { nodes } = await readStatus(live);
    const master = nodes.find(({ role }) => role === 'master');
    const whole = nodes.filter((node) => node === master || node.link === 'up');
    if (master === undefined) return null;
    const stakes = await Promise.all(
      live.nodes
        .filter(({ name }) => whole.some((it) => it.name === name))
        .map(async ({ name, redis }) => ({ name, stake: await atStake(redis, 'stopped') })),
    );
    if (stakes.some(({ stake }) => stake === null)) return null;
    return `${master.name} has ${stakes.find(({ name }) => name === master.name)?.stake}`;
  });
}

function summary(
  observed: ObservedTopology,
  { volumes }: DownOptions,
  { withoutData, setAside }: { withoutData: boolean; setAside: readonly string[] },
): string {
  const { name, networks } = observed;
  const containers = containersOf(observed);
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
    ...(volumes && setAside.length > 0
      ? [`removed what was set aside: ${setAside.join(', ')}`]
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
