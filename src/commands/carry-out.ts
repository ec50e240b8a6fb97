/** A few planned steps that a command of one node carries out by itself. */
import type { Context } from '../context.js';
import { causeOf, execute } from '../execute/execute.js';
import type { RunEvent } from '../execute/world.js';
import type { LiveTopology } from '../live/live-topology.js';
import { Draft } from '../plan/draft.js';
import type { Patient } from '../plan/patient.js';
import { planSetAsideOfLiving } from '../plan/set-aside.js';
import type { Limits } from '../redis/wait.js';

export const portsOf = ({ observed }: LiveTopology): Map<string, number> =>
  new Map(observed.nodes.map(({ name, port }) => [name, port ?? 0]));

/** Rejects with what the failed step met. */
export async function carryOut(
  live: LiveTopology,
  { steps }: Draft,
  { stderr }: Context,
  limits: Limits,
): Promise<void> {
  const world = {
    runtime: live.runtime,
    creation: null,
    connect: (node: string) => live.connect(node),
    ...limits,
    emit: (event: RunEvent) => {
      if (event.type === 'note') stderr.write(`${event.text}\n`);
    },
  };
  try {
    await execute({ topology: live.name, steps, notes: [] }, world);
  } catch (error) {
    throw causeOf(error);
  }
}

/** Of those that answer and will follow the node, what it isn't known to have. */
export async function setAsideBefore(
  live: LiveTopology,
  master: string,
  patients: readonly Patient[],
  context: Context,
  limits: Limits,
): Promise<void> {
  const draft = new Draft();
  const above = patients.find(({ name }) => name === master);
  planSetAsideOfLiving(draft, live.name, patients, above, portsOf(live));
  await carryOut(live, draft, context, limits);
}
