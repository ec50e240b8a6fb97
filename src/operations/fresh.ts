/** A topology that an operation has made for itself. */
import { listTopology } from '../docker/topologies.js';
import { takeDown } from '../execute/take-down.js';
import { alone } from './lock.js';
import type { Engine } from './operation.js';
import type { Run } from './run.js';

/** Whatever became of the operation's own time. */
const REMOVAL_MS = 120_000;

/** Removes it with its data. */
export async function removeFresh(
  engine: Engine,
  name: string,
  { emit }: Pick<Run, 'emit'>,
): Promise<void> {
  const signal = AbortSignal.timeout(REMOVAL_MS);
  const runtime = await engine.connectRuntime(signal);
  await alone(engine, name, { signal, emit }, async () =>
    takeDown(runtime, await listTopology(runtime, name), {
      volumes: true,
      signal,
      emit: () => {},
    }),
  );
}
