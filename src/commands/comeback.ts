/**
 * A node that is started, woken or joined again. A former master must not come back as a second
 * one, and one whose disk has less than its replicas hold must not empty them.
 */
import type { Context } from '../context.js';
import { replicationNetworkName } from '../docker/names.js';
import { UsageError } from '../errors.js';
import { joinAgain } from '../live/cut.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { observePatients } from '../live/patients.js';
import { diskCopy, placeText, recordedMaster } from '../plan/copies.js';
import { Draft, planWaits } from '../plan/draft.js';
import { planReturn } from '../plan/heal.js';
import { type HealedRoles, healRoles } from '../plan/heal-roles.js';
import type { Patient } from '../plan/patient.js';
import { isContained, planSetAsideOfLiving, wakesAlone } from '../plan/set-aside.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { confirm } from '../ui/confirm.js';
import { carryOut, portsOf, setAsideBefore } from './carry-out.js';

const RETURN_MS = 60_000;

const returning = ({ signal }: Context): Limits => ({ deadline: new Deadline(RETURN_MS), signal });

interface Known {
  readonly patients: readonly Patient[];
  readonly healed: HealedRoles;
}

/** How a node comes back: as it is, as a replica of the master that there is, or with less than others have. */
type Way = 'as it is' | 'as a replica' | 'with less';

function wayOf({ patients, healed }: Known, name: string): Way {
  const patient = patients.find((it) => it.name === name);
  const master = patients.find(
    (it) => it.name !== name && it.server?.replication.role === 'master',
  );
  if (patient === undefined) return 'as it is';
  if (master !== undefined && healed.upstreams.get(name) !== null) {
    const wasMaster = patient.server?.replication.role === 'master' || recordedMaster(patient);
    return wasMaster || !isContained(patient, master) ? 'as a replica' : 'as it is';
  }
  if (patient.server !== null || !recordedMaster(patient)) return 'as it is';
  return healed.upstreams.get(name) === null ? 'as it is' : 'with less';
}

export interface Comeback {
  readonly context: Context;
  /** Bring it back with less than others have, without asking. */
  readonly yes: boolean;
  /** What was done before, where it is not nothing. */
  readonly done?: string;
  /** What the engine is asked for where nothing stands against it. */
  readonly plain: () => Promise<void>;
}

/** Rejects with `UsageError` if the node would empty others and nobody agreed to that. */
export async function comeBack(
  live: LiveTopology,
  node: LiveNode,
  { context, yes, plain, done = 'nothing was done' }: Comeback,
): Promise<void> {
  const { name } = node;
  const { runtime } = live;
  const patients = await observePatients(runtime, (it) => live.connect(it), live.observed);
  const known = { patients, healed: healRoles(patients) };
  const patient = patients.find((it) => it.name === name);
  const master = patients.find((it) => known.healed.upstreams.get(it.name) === null);
  if (patient && !recordedMaster(patient) && wakesAlone(patient, master)) {
    await runtime.disconnectNetwork(replicationNetworkName(live.name), containerOf(node));
    await runtime.unpauseContainer(containerOf(node));
    const awake = { ...live, observed: await live.observe() };
    return comeBack(awake, node, { context, yes, plain: () => joinAgain(live, node) });
  }
  const way = wayOf(known, name);
  if (way === 'as a replica') return returnAsReplica(live, name, { known, context });
  if (way === 'with less') {
    await agreeToLess(live, name, { known, context, yes, done });
    await setAsideBefore(live, name, patients, context, returning(context));
  }
  await plain();
}

interface Task {
  readonly known: Known;
  readonly context: Context;
}

async function returnAsReplica(
  live: LiveTopology,
  name: string,
  { known: { patients, healed }, context }: Task,
): Promise<void> {
  const existing = live.observed.nodes.find((it) => it.name === name);
  const patient = patients.find((it) => it.name === name);
  const upstream = healed.upstreams.get(name) ?? null;
  const master = patients.find((it) => healed.upstreams.get(it.name) === null);
  if (!existing || !patient) return;
  const draft = new Draft();
  const node = { name, upstream, directives: [] };
  const ports = portsOf(live);
  planSetAsideOfLiving(draft, live.name, [patient], master, ports);
  planReturn(draft, live.observed, node, existing, { patient, master });
  planWaits(draft, live.name, node, ports);
  context.stderr.write(
    `${name} comes back as a replica of ${upstream}: ${master?.name} is the master\n`,
  );
  await carryOut(live, draft, context, returning(context));
}

async function agreeToLess(
  { name: topology }: LiveTopology,
  name: string,
  { known: { patients }, context, yes, done }: Task & Required<Pick<Comeback, 'yes' | 'done'>>,
): Promise<void> {
  const lines = patients.map((it) => `\n  ${it.name} ${holding(it)}`).join('');
  const message = `${name} is not known to come back with all that the others hold, and as their master it would empty them:${lines}`;
  if (yes) {
    context.stderr.write(`${message}\n`);
    return;
  }
  if (context.stdin.isTTY && context.stderr.isTTY) context.stderr.write(`${message}\n`);
  if (await confirm(context, `start ${name} all the same?`)) return;
  throw new UsageError(message, {
    hint: `${done}; \`rrepl heal --name ${topology}\` lets the one that has the most lead, \`--yes\` starts ${name} all the same and sets aside what the others have`,
  });
}

function holding(patient: Patient): string {
  if (patient.server !== null) return `answers; ${placeText(patient.server.replication)}`;
  return `is ${patient.state}; ${diskCopy(patient)?.text ?? 'its disk was not read'}`;
}
