import type { Context } from '../../context.js';
import { FailedError } from '../../errors.js';
import { heal, planHeal } from '../../operations/heal.js';
import type { Gone } from '../../plan/gone.js';
import { startProgress } from '../../ui/progress.js';
import { commandLine } from '../command-line.js';
import { showOn, withAddress } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { hinted } from '../hints/own.js';
import { printStatus, salvageTo, topologyName } from '../session.js';
import { showPlan } from './plan.js';

export type HealOptions = TargetOptions & OptionsOf<'dry-run' | 'salvage' | 'timeout' | 'json'>;

export async function healCommand(context: Context, options: HealOptions): Promise<number> {
  const { dryRun = false, timeout: timeoutMs } = options;
  const { signal } = context;
  const topology = await topologyName(context, options);
  const engine = context.engine(options.host);
  if (dryRun) {
    const { plan, gone } = await planHeal(engine, { topology }, { signal, timeoutMs });
    if (gone.networks.length === 0) showPlan(context, plan, options);
    refuseGone(topology, gone, options);
    return 0;
  }
  const progress = await startProgress({ ...context, title: `healing ${topology}` });
  await withAddress(context, showOn(progress), async (onEvent) => {
    try {
      const run = { signal, timeoutMs, onEvent, salvageTo: salvageTo(context, options) };
      const { changed, gone, status } = await heal(engine, { topology }, run);
      progress.end();
      // Nothing was done: a node can't be attached to a network that is gone.
      if (gone.networks.length > 0) refuseGone(topology, gone, options);
      if (gone.nodes.length === 0) {
        context.stderr.write(
          `${topology} ${changed ? 'is healed' : 'was well, nothing changed'}\n`,
        );
      }
      printStatus(context, status, options);
      refuseGone(topology, gone, options);
    } finally {
      progress.end();
    }
  });
  return 0;
}

/** Throws `FailedError` if something is gone. */
function refuseGone(topology: string, { nodes, networks }: Gone, options: TargetOptions): void {
  const parts = [
    ...nodes.map((node) => `the container of ${node}`),
    ...networks.map((network) => `the network ${network}`),
  ];
  if (parts.length === 0) return;
  throw hinted(
    new FailedError(`${topology} is not whole, gone: ${parts.join(', ')}`),
    `\`${commandLine('up', topology, options)}\` makes again what is gone`,
  );
}
