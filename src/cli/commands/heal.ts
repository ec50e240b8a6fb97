import type { Context } from '../../context.js';
import { heal, planHeal } from '../../operations/heal.js';
import { refuseGone } from '../../plan/gone.js';
import { startProgress } from '../../ui/progress.js';
import { showOn, withAddress } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printStatus, salvageTo, topologyName } from '../session.js';
import { showPlan } from './plan.js';

export type HealOptions = TargetOptions & OptionsOf<'dry-run' | 'salvage' | 'timeout' | 'json'>;

export async function healCommand(context: Context, options: HealOptions): Promise<number> {
  const { dryRun = false, timeout: timeoutMs } = options;
  const { signal } = context;
  const topology = await topologyName(context, options);
  const engine = context.engine(options.host);
  if (dryRun) {
    const { gone, ...plan } = await planHeal(engine, { topology }, { signal, timeoutMs });
    if (gone.networks.length === 0) showPlan(context, plan, options);
    refuseGone(topology, gone);
    return 0;
  }
  const progress = await startProgress({ ...context, title: `healing ${topology}` });
  await withAddress(context, showOn(progress), async (onEvent) => {
    try {
      const run = { signal, timeoutMs, onEvent, salvageTo: salvageTo(context, options) };
      const { changed, gone, status } = await heal(engine, { topology }, run);
      progress.end();
      // Nothing was done.
      if (gone.networks.length > 0) refuseGone(topology, gone);
      if (gone.nodes.length === 0) {
        context.stderr.write(
          `${topology} ${changed ? 'is healed' : 'was well, nothing changed'}\n`,
        );
      }
      printStatus(context, status, options);
      refuseGone(topology, gone);
    } finally {
      progress.end();
    }
  });
  return 0;
}
