import type { Context } from '../../context.js';
import { duration, plural } from '../../format.js';
import { reset } from '../../operations/reset.js';
import { status } from '../../operations/status.js';
import { withConsent } from '../../ui/confirm.js';
import { withProgress } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printStatus, topologyName } from '../session.js';

export type ResetOptions = TargetOptions & OptionsOf<'yes' | 'timeout' | 'json'>;

export async function resetCommand(context: Context, options: ResetOptions): Promise<number> {
  const topology = await topologyName(context, options);
  const engine = context.engine(options.host);
  const { timeout: timeoutMs } = options;
  const startedAt = performance.now();
  const work = (yes: boolean) =>
    withProgress(context, `resetting ${topology}`, (run) =>
      reset(engine, { topology, yes }, { ...run, timeoutMs }),
    );
  const { keys, healed, removedSetAside } = await withConsent(context, options.yes ?? false, work);
  const first = healed ? 'healed and ' : '';
  const aside =
    removedSetAside.length > 0
      ? `, and what was set aside on ${removedSetAside.join(' and ')}`
      : '';
  const took = duration(performance.now() - startedAt);
  context.stderr.write(
    `${topology} is ${first}as new: ${plural(keys, 'key')} removed${aside} (${took})\n`,
  );
  printStatus(context, await status(engine, { topology }, { signal: context.signal }), options);
  return 0;
}
