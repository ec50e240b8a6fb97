import type { Context } from '../../context.js';
import { plural, shellWord } from '../../format.js';
import { down, downAll, type TakenDown } from '../../operations/down.js';
import { withConsent } from '../../ui/confirm.js';
import { withProgress } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printJson, topologyName } from '../session.js';

export type DownOptions = TargetOptions & OptionsOf<'volumes' | 'all' | 'yes' | 'json'>;

export async function downCommand(context: Context, options: DownOptions): Promise<number> {
  const taken = options.all
    ? await withConsent(context, options.yes ?? false, (yes) => takeDownAll(context, options, yes))
    : [await takeDownOne(context, options)];
  if (options.json) {
    printJson(context, { topologies: taken });
    return 0;
  }
  for (const it of taken) {
    context.stderr.write(`${context.typedAgain(summary(it))}\n`);
  }
  if (taken.length === 0) context.stderr.write('no topologies, nothing to do\n');
  return 0;
}

async function takeDownOne(context: Context, options: DownOptions): Promise<TakenDown> {
  const topology = await topologyName(context, options);
  const input = { topology, volumes: options.volumes };
  const engine = context.engine(options.host);
  return withProgress(context, `taking down ${topology}`, (within) => down(engine, input, within));
}

const takeDownAll = (context: Context, { host, volumes }: DownOptions, yes: boolean) =>
  withProgress(context, 'taking down every topology', (within) =>
    downAll(context.engine(host), { volumes, yes }, within),
  );

function summary({
  topology,
  changed,
  keptVolumes,
  keptFolder,
  removedSetAside,
  lost,
}: TakenDown): string {
  const removes = `\`rrepl down --volumes --name ${topology}\` removes`;
  return [
    changed ? `${topology} is down` : `${topology}: nothing to remove`,
    ...(keptFolder !== null
      ? [
          `the files in ${keptFolder} are kept: \`rrepl up --name ${topology} --dir ${shellWord(keptFolder)}\` finds them again`,
        ]
      : []),
    ...(removedSetAside.length > 0
      ? [`removed what was set aside: ${removedSetAside.join(', ')}`]
      : []),
    ...(keptVolumes > 0
      ? [
          lost
            ? `${plural(keptVolumes, 'volume')} kept, without the data that were in no file; ${removes} them`
            : `${plural(keptVolumes, 'volume')} kept: \`rrepl up --name ${topology}\` finds the data again, ${removes} it`,
        ]
      : []),
  ].join('; ');
}
