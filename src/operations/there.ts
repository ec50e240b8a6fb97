/** Whether anything of a topology is there, also only volumes that `down` has kept. */
import { partsOf } from '../docker/expiry.js';
import { observeTopology } from '../docker/observe.js';
import type { Engine } from './operation.js';

export async function isThere(
  engine: Engine,
  topology: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  const runtime = await engine.connectRuntime(signal);
  return partsOf(await observeTopology(runtime, topology)).length > 0;
}
