import { engineOf } from '../cli/engine.js';
import type { Context } from '../context.js';
import { duration, plural } from '../format.js';
import { reset } from '../operations/reset.js';
import { status } from '../operations/status.js';
import { withConsent } from '../ui/confirm.js';
import { withProgress } from './progress.js';
import { printStatus, type TargetOptions, topologyName } from './session.js';

export interface ResetOptions extends TargetOptions {
  readonly yes?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

export async function resetCommand(context: Context, options: ResetOptions): Promise<number> {
  const topology = await topologyName(context, options);
  const engine = engineOf(context, options.host);
  const startedAt = performance.now();
  const { keys, healed } = await withConsent(context, options.yes ?? false, (yes) =>
    withProgress(context, `resetting ${topology}`, (told) =>
      reset(engine, { topology, yes }, { ...told, timeoutMs: options.timeout }),
    ),
  );
  const first = healed ? 'healed and ' : '';
  const took = duration(performance.now() - startedAt);
  context.stderr.write(`${topology} is ${first}as new: ${plural(keys, 'key')} removed (${took})\n`);
  printStatus(context, await status(engine, { topology }, { signal: context.signal }), options);
  return 0;
}
