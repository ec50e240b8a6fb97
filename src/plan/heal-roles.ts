/**
 * Who is master among nodes that are there, whatever happened to them: a failover that was
 * broken off, a master that died, one that woke up after it was replaced. Pure.
 */

import { confValue } from '../config/conf-file.js';
import { upstreamIn } from '../config/upstream.js';
import { volumeName } from '../docker/names.js';
import type { Problem } from '../errors.js';
import { FENCE } from '../redis/fence.js';
import type { Software } from '../redis/rdb-format.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { type Candidate, chooseHeir, lossByPriority } from './choose-heir.js';

/** What a running server says, as far as healing needs it. */
export interface ObservedServer {
  readonly software: Software;
  readonly replication: ReplicationInfo;
  /** Its `min-replicas-to-write` and `repl-ping-replica-period`: a switchover changes them for a moment. */
  readonly minReplicasToWrite: string;
  readonly pingPeriod: string;
}

export interface Patient {
  readonly name: string;
  readonly state: string;
  /** Null if it does not answer. */
  readonly server: ObservedServer | null;
  /** The text of its mounted redis.conf. */
  readonly config: string | null;
  /** The engine's words: `Exited (0) 3 minutes ago`. */
  readonly statusText: string;
  /** The node its server replicates from, by name; null for a master or if it isn't known. */
  readonly upstream: string | null;
}

export interface HealedRoles {
  /** Upstream of every node that is there; null for the master. Empty if no master can be told. */
  readonly upstreams: ReadonlyMap<string, string | null>;
  /** The replica that must be promoted, if the master is lost. */
  readonly promoted: string | null;
  /** Nodes of which each may be the last master, and nothing tells which: taking one loses what only the other has. */
  readonly undecided: readonly string[];
  readonly notes: readonly string[];
}

export function healRoles(patients: readonly Patient[]): HealedRoles {
  const { master, promoted, notes, undecided = [] } = chooseMaster(patients);
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
  const current = followed(patient);
  const upstream = patients.find(({ name }) => name === current);
  const isReplica =
    upstream !== undefined && upstream.name !== master && roleOf(upstream) === 'replica';
  return isReplica ? upstream.name : master;
}

const roleOf = (patient: Patient): 'master' | 'replica' => {
  if (patient.server !== null) return patient.server.replication.role;
  return recorded(patient) === null ? 'master' : 'replica';
};

/** Whom it follows: as its server says, else as its file says. */
const followed = (patient: Patient): string | null =>
  patient.server === null ? recorded(patient) : patient.upstream;

const recorded = ({ config }: Patient): string | null =>
  config === null ? null : upstreamIn(config);

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

interface Choice {
  readonly master: string | null;
  readonly promoted: string | null;
  readonly undecided?: readonly string[];
  readonly notes: readonly string[];
}

function chooseMaster(patients: readonly Patient[]): Choice {
  const masters = patients.filter((it) => it.server?.replication.role === 'master');
  if (masters.length > 0) return amongLiveMasters(masters);
  const { lost, notes, undecided } = lostMaster(patients);
  const replicas = patients.filter((it) => it.server !== null);
  if (replicas.length === 0 && undecided.length > 0) {
    return { master: null, promoted: null, notes: [], undecided };
  }
  if (lost !== undefined && (replicas.length === 0 || hasAllItsWrites(lost))) {
    return { master: lost.name, promoted: null, notes };
  }
  return promotion(replicas, lost?.name);
}

/** Several files say master if a failover was broken off: the last master is the one that others follow. */
function lostMaster(patients: readonly Patient[]) {
  const followers = ({ name }: Patient): number =>
    patients.filter((it) => followed(it) === name).length;
  const [lost, ...others] = patients
    .filter((it) => it.server === null && it.config !== null && recorded(it) === null)
    .sort((a, b) => followers(b) - followers(a));
  const equals = others.filter((it) => lost && followers(it) === followers(lost));
  const names = others.map(({ name }) => name).join(', ');
  return {
    lost,
    undecided: lost && equals.length > 0 ? [lost, ...equals].map(({ name }) => name) : [],
    notes: lost && names ? [severalMasters(lost.name, names)] : [],
  };
}

const severalMasters = (stays: string, others: string): string =>
  `several masters: ${stays} stays, ${others} will follow it and lose what only it has`;

/** A fenced one is about to hand over; else its file, then its history, then its followers tell. */
function amongLiveMasters(masters: readonly Patient[]): Choice {
  const rank = (it: Patient): number[] => {
    const { replication, minReplicasToWrite } = it.server as ObservedServer;
    const heirOfAnother = masters.some(
      (other) => other !== it && other.server?.replication.id === replication.secondId,
    );
    const unfenced = minReplicasToWrite !== FENCE;
    const inFile = recorded(it) === null;
    return [Number(unfenced), Number(inFile), Number(heirOfAnother), replication.replicas.length];
  };
  const [best] = [...masters].sort((a, b) => compare(rank(b), rank(a)));
  const others = masters.filter((it) => it !== best).map(({ name }) => name);
  const notes = others.length === 0 ? [] : [severalMasters(best?.name ?? '', others.join(', '))];
  return { master: best?.name ?? null, promoted: null, notes };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/**
 * A paused process has everything. A stopped one has what is on its disk: all of it with an
 * AOF, or after a clean exit, at which Redis saves if there are save points; else the replicas
 * have more.
 */
function hasAllItsWrites({ state, config, statusText }: Patient): boolean {
  if (state === 'paused' || state === 'running') return true;
  const value = (name: string) => confValue(config ?? '', name);
  if (value('appendonly') === 'yes') return true;
  return statusText.startsWith('Exited (0)') && value('save') !== '';
}

/** Those that answer. */
export const candidatesAmong = (replicas: readonly Patient[]): Candidate[] =>
  replicas.flatMap(({ name, server }) => {
    if (server === null) return [];
    const { id, offset, priority } = server.replication;
    return [{ name, id, offset, priority }];
  });

function promotion(replicas: readonly Patient[], lost: string | undefined): Choice {
  const candidates = candidatesAmong(replicas);
  const heir = chooseHeir(candidates, null);
  if (heir === null) return { master: null, promoted: null, notes: [] };
  const why =
    lost === undefined
      ? 'no node is a master'
      : `${lost}, the master, is down and its disk may lack writes`;
  const loss = lossByPriority(heir, candidates);
  const notes = [`${heir.name} is promoted: ${why}`, ...(loss === null ? [] : [loss])];
  return { master: heir.name, promoted: heir.name, notes };
}

/** What to tell the user where `undecided` names nodes. The way out keeps the data of the node that counts. */
export function undecidedProblem(topology: string, nodes: readonly string[]): Problem {
  const names = nodes.join(' and ');
  const conf = volumeName(topology, 'NODE', 'conf');
  return {
    source: `topology ${topology}`,
    message: `${names} were both the master when they stopped, and nothing tells whose data count; take the role from the other one by removing its configuration: \`rrepl down --name ${topology}\`, then \`docker volume rm ${conf}\` (under --dir its conf folder), then \`rrepl up\` again`,
  };
}
