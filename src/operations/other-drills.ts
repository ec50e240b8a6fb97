/** What drills of other runs have on the engine: one that was killed could not remove it. */
import { expiryOf } from '../docker/expiry.js';
import { type EngineTopology, listTopologies } from '../docker/topologies.js';
import { duration } from '../format.js';
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
    if (OF_A_DRILL.test(topology.name)) emit({ type: 'note', text: noteOn(topology, Date.now()) });
  }
}

function noteOn(topology: EngineTopology, nowMs: number): string {
  const { name } = topology;
  const leftMs = (expiryOf(topology) ?? Number.POSITIVE_INFINITY) - nowMs;
  if (leftMs <= 0) return `${name} was left by a drill that was killed: \`rrepl prune\` removes it`;
  const later = Number.isFinite(leftMs) ? `, \`rrepl prune\` in ${duration(leftMs)}` : '';
  return `${name} is another run's; if that was killed, \`rrepl down --volumes --name ${name}\` removes it${later}`;
}
