/** A node that is started, woken or joined again, as far as the others' data allow. */
import { replicationNetworkName } from '../docker/names.js';
import { ConfirmationError } from '../errors.js';
import { causeOf } from '../execute/execute.js';
import { joinAgain } from '../live/cut.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { comeback } from '../plan/comeback.js';
import type { Plan } from '../plan/plan.js';
import { carryOut, lookAt } from './failover.js';
import type { Run } from './run.js';

export interface Coming {
  readonly run: Run;
  /** Bring it back with less than others have. */
  readonly yes: boolean;
  /** The same operation has stopped it. */
  readonly stopped?: boolean;
  /** What the engine is asked for where nothing stands against it. */
  readonly plain: () => Promise<void>;
}

/** Rejects with `ConfirmationError` if the node would empty others and nobody agreed to that. */
export async function comeBack(
  live: LiveTopology,
  node: LiveNode,
  { run, yes, plain, stopped = false }: Coming,
): Promise<void> {
  const { name } = node;
  const { runtime, name: topology } = live;
  const { observed } = await lookAt(live);
  const coming = comeback(observed, name);
  if (coming.way === 'alone') {
    await runtime.disconnectNetwork(replicationNetworkName(topology), containerOf(node));
    await runtime.unpauseContainer(containerOf(node));
    return comeBack(await live.lookAgain(), node, { run, yes, plain: () => joinAgain(live, node) });
  }
  if (coming.way === 'after election') {
    await carryOutOrCause(live, coming.plan, run);
    return comeBack(await live.lookAgain(), node, { run, yes, stopped, plain });
  }
  if (coming.way === 'as a replica') return carryOutOrCause(live, coming.plan, run);
  if (coming.way === 'with less') {
    if (!yes) {
      throw new ConfirmationError(coming.loss, `start ${name} all the same?`, {
        about: { code: 'unconfirmed', cost: 'others-have-more', topology, node: name, stopped },
      });
    }
    run.emit({ type: 'note', text: coming.loss });
    await carryOutOrCause(live, coming.plan, run);
  }
  await plain();
}

async function carryOutOrCause(live: LiveTopology, plan: Plan, run: Run): Promise<void> {
  try {
    await carryOut(live, plan, run);
  } catch (error) {
    throw causeOf(error);
  }
}
