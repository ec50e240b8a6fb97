/**
 * How long a topology is meant to be there. Its parts may have been made by several runs, so
 * the one that stays longest decides: nothing is removed before every run has agreed.
 */
import { LABEL } from './labels.js';
import type { Labels } from './runtime.js';
import { containersOf, type EngineTopology } from './topologies.js';

/** Containers, networks and volumes of a topology. */
export const partsOf = (topology: EngineTopology) => [
  ...containersOf(topology),
  ...topology.networks,
  ...topology.volumes,
];

/** When a part expires, in milliseconds since the epoch; `Infinity` for never. */
export function expiryOfPart({ labels }: { readonly labels: Labels }): number {
  const label = labels[LABEL.expires] ?? '';
  // `Date.parse` takes a number for a year.
  const ms = /^\d{4}-\d\d-\d\dT/.test(label) ? Date.parse(label) : Number.NaN;
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}

/** When the topology expires: with the last of its parts. Null if one of them never does. */
export function expiryOf(topology: EngineTopology): number | null {
  const last = Math.max(...partsOf(topology).map(expiryOfPart));
  return Number.isFinite(last) ? last : null;
}

/** For a part that is added to a topology: it goes with the rest. */
export function expiryLabel(topology: EngineTopology): Labels {
  const moment = expiryOf(topology);
  return moment === null ? {} : { [LABEL.expires]: new Date(moment).toISOString() };
}
