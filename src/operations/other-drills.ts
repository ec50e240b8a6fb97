/** What drills of other runs have on the engine: one that was killed could not remove it. */
import { expiryOf } from '../docker/expiry.js';
import { type EngineTopology, listTopologies } from '../docker/topologies.js';
import type { Note } from '../errors.js';
import type { Engine } from './operation.js';
import type { Run } from './run.js';

/** As drills name the topologies that they make. */
const OF_A_DRILL = /^drill-[0-9a-f]{8}(-\d+)?$/;

/** Nothing is removed: another run may be at work with it. */
export async function tellOfOtherDrills(
  engine: Engine,
  { signal, emit }: Pick<Run, 'signal' | 'emit'>,
): Promise<void> {
  const runtime = await engine.connectRuntime(signal);
  for (const topology of await listTopologies(runtime)) {
    if (OF_A_DRILL.test(topology.name)) emit({ type: 'note', ...noteOn(topology, Date.now()) });
  }
}

function noteOn(topology: EngineTopology, nowMs: number): Note {
  const { name } = topology;
  const leftMs = (expiryOf(topology) ?? Number.POSITIVE_INFINITY) - nowMs;
  const what = leftMs <= 0 ? 'was left by a drill that was killed' : "is another run's";
  const left = Number.isFinite(leftMs) ? leftMs : null;
  return {
    text: `${name} ${what}`,
    about: { code: 'of-other-drill', topology: name, leftMs: left },
  };
}
