/**
 * How a node that is started, woken or joined again comes back. A former master must not be a
 * second one, and one whose disk has less than its replicas hold must not empty them. Pure.
 */
import type { ObservedTopology } from '../docker/observe.js';
import { diskCopy, placeText, recordedMaster } from './copies.js';
import { Draft, planWaits } from './draft.js';
import { planReturn } from './heal.js';
import { healRoles } from './heal-roles.js';
import type { Patient } from './patient.js';
import type { Plan } from './plan.js';
import { isContained, planSetAsideOfLiving, wakesAlone } from './set-aside.js';

export type Comeback =
  | { readonly way: 'as it is' }
  /** It is woken without its link first: what it has in memory decides the rest. */
  | { readonly way: 'alone' }
  /** Of the master that there is. */
  | { readonly way: 'as a replica'; readonly plan: Plan }
  /** Than others have, whose master it is. `plan` sets aside what it would empty; `loss` says what that is. */
  | { readonly way: 'with less'; readonly plan: Plan; readonly loss: string };

const AS_IT_IS: Comeback = { way: 'as it is' };

export function comeback(
  topology: ObservedTopology,
  patients: readonly Patient[],
  name: string,
): Comeback {
  const { upstreams } = healRoles(patients);
  const patient = patients.find((it) => it.name === name);
  const master = patients.find((it) => upstreams.get(it.name) === null);
  if (patient === undefined) return AS_IT_IS;
  const wasMaster = patient.server?.replication.role === 'master' || recordedMaster(patient);
  if (!recordedMaster(patient) && wakesAlone(patient, master)) return { way: 'alone' };
  const living = patients.find((it) => it !== patient && it.server?.replication.role === 'master');
  if (living !== undefined && upstreams.get(name) !== null) {
    if (!wasMaster && isContained(patient, living)) return AS_IT_IS;
    const upstream = upstreams.get(name) ?? living.name;
    return { way: 'as a replica', plan: asReplica(topology, patient, { upstream, master }) };
  }
  if (patient.server !== null || !recordedMaster(patient)) return AS_IT_IS;
  return upstreams.get(name) === null ? AS_IT_IS : withLess(topology, patients, patient);
}

const portsOf = ({ nodes }: ObservedTopology) =>
  new Map(nodes.map(({ name, port }) => [name, port ?? 0]));

interface Above {
  readonly upstream: string;
  readonly master: Patient | undefined;
}

function asReplica(
  topology: ObservedTopology,
  patient: Patient,
  { upstream, master }: Above,
): Plan {
  const { name } = patient;
  const draft = new Draft();
  const node = { name, upstream, directives: [] };
  const existing = topology.nodes.find((it) => it.name === name);
  planSetAsideOfLiving(draft, topology.name, [patient], master, portsOf(topology));
  if (existing) planReturn(draft, topology, node, existing, { patient, master });
  planWaits(draft, topology.name, node, portsOf(topology));
  const note = `${name} comes back as a replica of ${upstream}: ${master?.name} is the master`;
  return { topology: topology.name, steps: draft.steps, notes: [note] };
}

function withLess(
  topology: ObservedTopology,
  patients: readonly Patient[],
  patient: Patient,
): Comeback {
  const draft = new Draft();
  planSetAsideOfLiving(draft, topology.name, patients, patient, portsOf(topology));
  const lines = patients.map((it) => `\n  ${it.name} ${holding(it)}`).join('');
  return {
    way: 'with less',
    plan: { topology: topology.name, steps: draft.steps, notes: [] },
    loss: `${patient.name} is not known to come back with all that the others hold, and as their master it would empty them:${lines}`,
  };
}

function holding(patient: Patient): string {
  if (patient.server !== null) return `answers; ${placeText(patient.server.replication)}`;
  return `is ${patient.state}; ${diskCopy(patient)?.text ?? 'its disk was not read'}`;
}
