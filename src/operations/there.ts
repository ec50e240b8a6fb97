/** Whether anything of a topology is there, also only volumes that `down` has kept. */
import { partsOf } from '../docker/expiry.js';
import { listTopology } from '../docker/topologies.js';
import type { Engine } from './operation.js';

export async function isThere(
  engine: Engine,
  topology: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  const runtime = await engine.connectRuntime(signal);
  return partsOf(await listTopology(runtime, topology)).length > 0;
}
