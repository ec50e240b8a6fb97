/** From a wish to a plan: what is there, what is wanted of it, what to do. Changes nothing. */
import { settleAccess } from '../access/access.js';
import type { Runtime } from '../docker/runtime.js';
import type { ObservedForWish, Surroundings } from '../observe/observed.js';
import type { ConnectRedis } from '../observe/reach.js';
import { type AskImage, lookAround } from '../observe/surroundings.js';
import { observeTopology } from '../observe/topology.js';
import type { Plan } from '../plan/plan.js';
import { candidates, knownPorts } from '../plan/ports.js';
import { reconcile } from '../plan/reconcile.js';
import { sentinelPorts } from '../plan/sentinel-choice.js';
import { resolveWish, type Wanted } from '../plan/wanted.js';
import type { Wish } from '../topology/load.js';

export interface PlanUpOptions {
  /** The image was pulled already. */
  readonly pulled?: boolean;
  /** What was lost to others meanwhile, whatever the engine says. */
  readonly lost?: Pick<Surroundings, 'takenPorts' | 'takenSubnets'>;
  /** The image itself is asked, in a container of its own, unless another way is given. */
  readonly askImage?: AskImage;
}

export interface PlannedUp {
  readonly observed: ObservedForWish;
  readonly wanted: Wanted;
  readonly plan: Plan;
}

export async function planUp(
  runtime: Runtime,
  connect: ConnectRedis,
  wish: Wish,
  { pulled = false, lost, askImage }: PlanUpOptions = {},
): Promise<PlannedUp> {
  const found = await observeTopology(runtime, connect, wish.name, wish.dir);
  const { topology, roles } = resolveWish(wish, found);
  const access = await settleAccess(topology.security, found.access);
  const watchers = sentinelPorts(topology, found);
  const ports = [candidates(topology, knownPorts(found)), ...(watchers ? [watchers] : [])];
  const around = await lookAround(runtime, topology, found, ports, askImage);
  const observed = {
    ...found,
    ...around,
    takenPorts: [...around.takenPorts, ...(lost?.takenPorts ?? [])],
    takenSubnets: [...around.takenSubnets, ...(lost?.takenSubnets ?? [])],
  };
  const wanted = { topology, roles, access };
  return { observed, wanted, plan: reconcile(wanted, observed, { pulled }) };
}
