/** Observes a topology, plans what heals it and carries that out. */
import { observeTopology } from '../docker/observe.js';
import { FailedError } from '../errors.js';
import { observePatients } from '../live/patients.js';
import { heal } from '../plan/heal.js';
import type { Patient } from '../plan/heal-roles.js';
import type { Plan } from '../plan/plan.js';
import { diedMeanwhile, ExecutionError, execute } from './execute.js';
import type { World } from './world.js';

/** Each attempt after the first follows a server that died since the last look. */
const ATTEMPTS = 3;

/** Returns the plan that was carried out. Throws what the failed step met. */
export async function healTopology(name: string, world: World): Promise<Plan> {
  for (let attempt = 1; ; attempt += 1) {
    const plan = await planHealing(name, world);
    for (const text of plan.notes) world.emit({ type: 'note', text });
    try {
      await execute(plan, world);
      return plan;
    } catch (error) {
      if (attempt < ATTEMPTS && diedMeanwhile(error, plan)) continue;
      throw error instanceof ExecutionError ? error.cause : error;
    }
  }
}

async function planHealing(name: string, { runtime, connect }: World): Promise<Plan> {
  const observed = await observeTopology(runtime, name);
  const patients = await observePatients(runtime, connect, observed);
  const plan = heal(observed, patients);
  if (plan.steps.length === 0 && observed.nodes.some(({ container }) => container !== null)) {
    throw new FailedError(
      `which node of ${name} should be its master can't be told: none says it is one, and the replicas don't answer or differ in their replication ids`,
      { hint: wayOut(name, patients) },
    );
  }
  return plan;
}

/** The command for the replica with most of its stream; the others, so that somebody else can choose. */
function wayOut(topology: string, patients: readonly Patient[]): string {
  const replicas = patients
    .flatMap(({ name, server }) => (server === null ? [] : [{ name, ...server.replication }]))
    .sort((a, b) => b.offset - a.offset);
  const [best] = replicas;
  if (best === undefined) {
    const names = patients.map(({ name }) => name).join(', ');
    return `\`rrepl start ${patients[0]?.name} --name ${topology}\` starts one of ${names}; once it answers, it can be promoted`;
  }
  const list = replicas.map(
    ({ name, id, offset }) => `${name} (id ${id.slice(0, 8)}…, offset ${offset})`,
  );
  return `\`rrepl promote ${best.name} --name ${topology}\` makes ${best.name} the master, and the others copy it; there are ${list.join(', ')}`;
}
