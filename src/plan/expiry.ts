/** The expiry of what a plan makes, and what an expiry that is asked for can't change. Pure. */
import { expiryOf, expiryOfPart, partsOf } from '../docker/expiry.js';
import { LABEL } from '../docker/labels.js';
import type { Labels } from '../docker/runtime.js';
import type { EngineTopology } from '../docker/topologies.js';
import type { Note } from '../errors.js';
import type { Topology } from '../topology/topology.js';
import type { Step } from './plan.js';

/** What joins a topology that is up shares its expiry, unless another is asked for. */
export function expiryLabels({ expires }: Topology, seen: EngineTopology): Labels {
  const isUp = seen.nodes.some(({ container }) => container !== null);
  const moment = expires ?? (isUp ? expiryOf(seen) : null);
  return moment === null ? {} : { [LABEL.expires]: new Date(moment).toISOString() };
}

/** The labels of what exists can't be changed, so a topology may go sooner or stay longer than asked. */
export function expiryNotes(
  steps: readonly Step[],
  { name, expires }: Topology,
  seen: EngineTopology,
): Note[] {
  const parts = partsOf(seen);
  if (expires === null || parts.length === 0) return [];
  const grows = steps.some(({ kind }) => kind === 'createContainer');
  const last = Math.max(...parts.map(expiryOfPart), ...(grows ? [expires] : []));
  if (last === expires) return [];
  const when = Number.isFinite(last) ? `at ${new Date(last).toISOString()}` : 'never';
  const volumes = seen.volumes.some((volume) => expiryOfPart(volume) > expires);
  return [
    {
      text: `ttl: labels can't be changed, so ${name} expires as it was made to, ${when}`,
      about: { code: 'expiry-stays', topology: name, volumes },
    },
  ];
}
