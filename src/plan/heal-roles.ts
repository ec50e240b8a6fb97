/**
 * The roles of nodes that are there, whatever happened to them: a failover that was broken off,
 * a master that died, one that woke up after it was replaced. Pure.
 */
import type { ContainerState } from '../docker/runtime.js';
import type { DiskFacts } from '../psync/disk.js';
import type { ServerEnd } from '../psync/server-end.js';
import type { Software } from '../redis/rdb-format.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { type Claimant, chooseMaster } from './choose-master.js';
import { recordedUpstream } from './copies.js';

/** What a running server says, as far as healing needs it. */
export interface ObservedServer {
  readonly software: Software;
  readonly replication: ReplicationInfo;
  /** Its `min-replicas-to-write` and `repl-ping-replica-period`: a switchover changes them for a moment. */
  readonly minReplicasToWrite: string;
  readonly pingPeriod: string;
  /** Milliseconds since the epoch, to the second. */
  readonly startedAtMs: number;
  readonly aofEnabled: boolean;
}

export interface Patient {
  readonly name: string;
  /** As the engine calls it; `gone` if its container is, and only its files tell of it. */
  readonly state: ContainerState | 'gone';
  /** Null if it does not answer. */
  readonly server: ObservedServer | null;
  /** The text of its mounted redis.conf. */
  readonly config: string | null;
  /** The node its server replicates from, by name; null for a master or if it isn't known. */
  readonly upstream: string | null;
  /** When it last heard its upstream, in milliseconds since the epoch, to the second; null if it isn't known to have. */
  readonly heardMs: number | null;
  /** What its data folder holds; null where its server answers, or where that can't be read. */
  readonly disk: DiskFacts | null;
  /** How its server ended; null while it runs, or if nothing tells. */
  readonly end: ServerEnd | null;
  /** Milliseconds since the epoch; null while it runs, or if nothing tells. */
  readonly endedAtMs: number | null;
  /**
   * Of a master that is down and has an AOF: whether that holds the last writes of the furthest
   * replica that answers. Null where that was not asked.
   */
  readonly aofHolds: 'holds' | 'lacks' | 'unknown' | null;
}

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
