/** What most operations begin with: the engine, and the topology that is meant. */
import { type LiveTopology, openTopology } from '../live/live-topology.js';
import { withRemedy } from '../live/remedy.js';
import { alone } from './lock.js';
import type { Engine } from './operation.js';
import type { Run } from './run.js';

/** Opens the topology, works on it and closes it on every path out. */
export async function withTopology<T>(
  engine: Engine,
  topology: string,
  { signal }: Pick<Run, 'signal'>,
  work: (live: LiveTopology) => Promise<T>,
): Promise<T> {
  const runtime = await engine.connectRuntime(signal);
  const live = await openTopology(runtime, engine.loadRedis, topology);
  try {
    return await work(live);
  } catch (error) {
    throw await withRemedy(error, { ...live, topology });
  } finally {
    live.close();
  }
}

/** The same for what changes the topology: no other operation does meanwhile. */
export const changeTopology = <T>(
  engine: Engine,
  topology: string,
  run: Pick<Run, 'signal' | 'emit'> & Partial<Run>,
  work: (live: LiveTopology) => Promise<T>,
): Promise<T> => alone(engine, topology, run, () => withTopology(engine, topology, run, work));
