import { engineOf, showOn, withAddress } from '../cli/engine.js';
import type { Context } from '../context.js';
import { duration, plural } from '../format.js';
import type { Engine } from '../operations/operation.js';
import { type ResetInput, type ResetResult, reset } from '../operations/reset.js';
import { status } from '../operations/status.js';
import { withConsent } from '../ui/confirm.js';
import { startProgress } from '../ui/progress.js';
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
  const work = (yes: boolean) => resetShown(context, engine, { topology, yes }, options.timeout);
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

async function resetShown(
  context: Context,
  engine: Engine,
  input: ResetInput,
  timeoutMs: number | undefined,
): Promise<ResetResult> {
  const { signal } = context;
  const progress = await startProgress({ ...context, title: `resetting ${input.topology}` });
  try {
    return await withAddress(context, showOn(progress), (onEvent) =>
      reset(engine, input, { signal, timeoutMs, onEvent }),
    );
  } finally {
    progress.end();
  }
}
