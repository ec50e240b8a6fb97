/**
 * The roles of nodes that are there, whatever happened to them: a failover that was broken off,
 * a master that died, one that woke up after it was replaced. Pure.
 */
import { type Claimant, chooseMaster } from './choose-master.js';
import { recordedUpstream } from './copies.js';
import type { Patient } from './patient.js';

export interface HealedRoles {
  /** Upstream of every node that is there; null for the master. Empty if no master can be told. */
  readonly upstreams: ReadonlyMap<string, string | null>;
  /** The replica that must be promoted, if the master is lost. */
  readonly promoted: string | null;
  /** Nodes of which each may be the one whose data count, and nothing tells which: taking one loses what only another has. */
  readonly undecided: readonly Claimant[];
  readonly notes: readonly string[];
}

/** @param wanted the node that the user chose to lead; null if none. */
export function healRoles(patients: readonly Patient[], wanted: string | null = null): HealedRoles {
  const { master, promoted, notes, undecided } = chooseMaster(patients, wanted);
  if (master === null) return { upstreams: new Map(), promoted: null, undecided, notes };
  const upstreams = new Map<string, string | null>([[master, null]]);
  for (const patient of patients) {
    if (patient.name !== master)
      upstreams.set(patient.name, upstreamFor(patient, patients, master));
  }
  return { upstreams: breakCycles(upstreams, master), promoted, undecided, notes };
}

/** A replica keeps its upstream if that is another replica; whatever followed a former master follows the master. */
function upstreamFor(patient: Patient, patients: readonly Patient[], master: string): string {
  const current = trusted(patient);
  const upstream = patients.find(({ name }) => name === current);
  const isReplica =
    upstream !== undefined && upstream.name !== master && roleOf(upstream) === 'replica';
  return isReplica ? upstream.name : master;
}

const roleOf = (patient: Patient): 'master' | 'replica' => {
  if (patient.server !== null) return patient.server.replication.role;
  return recordedUpstream(patient) === null ? 'master' : 'replica';
};

/**
 * Whom it follows by name. An address may have been another node's when it was written, so a
 * replica that goes by one is no part of a chain that anybody asked for.
 */
function trusted(patient: Patient): string | null {
  if (patient.server === null) return recordedUpstream(patient);
  return patient.server.replication.link?.host === patient.upstream ? patient.upstream : null;
}

function breakCycles(upstreams: Map<string, string | null>, master: string) {
  for (const name of upstreams.keys()) {
    const seen = new Set([name]);
    for (let at = upstreams.get(name) ?? null; at !== null; at = upstreams.get(at) ?? null) {
      if (seen.has(at)) upstreams.set(name, master);
      if (seen.has(at) || at === master) break;
      seen.add(at);
    }
  }
  return upstreams;
}
