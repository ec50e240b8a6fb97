/** The plan of `rrepl promote`: the master is lost, and a replica takes its role by force. Pure. */

import { containerName } from '../docker/names.js';
import { hostsIn } from '../docker/topologies.js';
import { FailedError, UsageError } from '../errors.js';
import {
  type Observed,
  type ObservedNode,
  recordedHost,
  recordedMaster,
} from '../observe/observed.js';
import { linkProblem } from '../redis/link.js';
import { Draft, portsOf } from './draft.js';
import { refuseAgainstSentinels } from './election.js';
import { type Follower, isAttachedIn, planLinks, planTakeover, sentinelsIn } from './failover.js';
import { healRoles, upstreamsUnder } from './heal-roles.js';
import { nextMaster } from './next-master.js';
import type { Plan, ServerPort } from './plan.js';
import { planSalvage, planSetAside, planSetAsideOfLiving } from './set-aside.js';
import { UndecidedError } from './undecided.js';

/** What is there, and the roles that are to be. */
interface Situation {
  readonly observed: Observed;
  readonly next: ObservedNode;
  readonly upstreams: ReadonlyMap<string, string | null>;
}

/**
 * The promoted node is durable before the others are told, each on its own: followers, and nodes
 * that are stopped on their disks.
 *
 * @param wanted null for the replica that is furthest
 * @throws UsageError if a master lives, or the wanted one is no replica that answers
 * @throws FailedError if nobody is wanted, and nobody may be chosen
 */
export function promotion(observed: Observed, wanted: string | null, force = false): Plan {
  const { name, nodes } = observed;
  const living = nodes.find((it) => it.server?.replication.role === 'master');
  if (living === undefined) refuseAgainstSentinels(observed, wanted, force);
  if (living === undefined && wanted === null) refuseLesserCopy(observed);
  const { node, notes } = nextMaster(observed, wanted, living);
  const next = nodes.find((it) => it.name === node);
  if (living !== undefined || next === undefined) {
    throw new UsageError(
      `${living?.name} is a living master: promoting ${node} would lose writes`,
      { about: { code: 'living-master', topology: name, node } },
    );
  }
  const situation = { observed, next, upstreams: upstreamsUnder(nodes, node) };
  const ports = portsOf(observed);
  const draft = new Draft(hostsIn(observed));
  const followers = followersIn(situation);
  const told = nodes.filter((it) => followers.some((follower) => follower.name === it.name));
  planSetAsideOfLiving(draft, name, told, next, ports);
  planTakeover(draft, name, { node, port: ports.get(node) ?? 0 }, followers);
  planTelling(draft, observed, { node, port: ports.get(node) ?? 0 });
  for (const it of nodes) planDemotion(draft, situation, it);
  const links = { topology: name, ports, isAttached: isAttachedIn(observed) };
  return {
    topology: name,
    steps: draft.steps,
    first: [],
    notes: [...notes, ...planLinks(draft, followers, links)],
  };
}

/** The sentinels that are left would undo it one day. */
function planTelling(draft: Draft, observed: Observed, { node, port }: ServerPort): void {
  const sentinels = sentinelsIn(observed);
  if (!sentinels.some(({ answers }) => answers)) return;
  draft.push({
    id: 'tell sentinels',
    after: draft.of(node, 'promote'),
    kind: 'tellSentinels',
    resource: observed.name,
    cause: `${node} was promoted by hand`,
    node,
    port,
    host: draft.hostOf(node),
    topology: observed.name,
    sentinels,
  });
}

/** The furthest copy is meant, and that may be on the disk of a node that is down. Whoever names a node has chosen. */
function refuseLesserCopy({ name: topology, nodes }: Observed): void {
  const { master, promoted, undecided, notes } = healRoles(nodes);
  if (undecided.length > 0) throw new UndecidedError(topology, undecided);
  const further = nodes.find(({ name }) => name === master);
  if (promoted !== null || further === undefined || recordedMaster(further)) return;
  throw new FailedError(notes.join('; '), {
    about: { code: 'further-copy', topology },
  });
}

/** Replicas that answer and have lost their upstream. */
function followersIn({ observed: { nodes }, next, upstreams }: Situation): Follower[] {
  return nodes.flatMap(({ name, server, upstream: current, address, port }) => {
    if (server === null || name === next.name) return [];
    const above = nodes.find((it) => it.name === current)?.server;
    const addresses = address === null ? [] : [address];
    if (above && linkProblem(above.replication, server.replication, addresses) === undefined) {
      return [];
    }
    const planned = nodes.find((it) => it.name === upstreams.get(name));
    const upstream = planned?.server ? planned.name : next.name;
    return [{ name, port: port ?? 0, upstream, cause: `it follows ${current}, which is lost` }];
  });
}

/**
 * A stopped node must come back as a replica, however it is started: so its file is changed, and
 * what the new master may lack is set aside, before it can.
 */
function planDemotion(
  draft: Draft,
  { observed: { name: topology }, next, upstreams }: Situation,
  node: ObservedNode,
): void {
  const { name, state, config, server } = node;
  const upstream = upstreams.get(name) ?? null;
  const isStopped = ['created', 'restarting', 'exited', 'dead'].includes(state);
  if (server !== null || !isStopped || config === null || upstream === null) return;
  planSetAside(draft, topology, node, next, null);
  planSalvage(draft, topology, node, next);
  if (recordedHost(node) === draft.hostOf(upstream)) return;
  draft.push({
    id: `role ${name}`,
    after: [...draft.of(next.name, 'promote'), ...draft.of(name, 'setAside')],
    kind: 'writeRole',
    resource: containerName(topology, name),
    cause: `${next.name} takes the role while it is down`,
    node: name,
    upstream,
    host: draft.hostOf(upstream),
  });
}
