/** The plan of `rrepl promote`: the master is lost, and a replica takes its role by force. Pure. */
import { upstreamIn } from '../config/upstream.js';
import { containerName } from '../docker/names.js';
import type { ObservedTopology } from '../docker/observe.js';
import { FailedError, UsageError } from '../errors.js';
import { linkProblem } from '../redis/link.js';
import { chooseMaster } from './choose-master.js';
import { recordedMaster } from './copies.js';
import { Draft } from './draft.js';
import { type Follower, isAttachedIn, planLinks, planTakeover } from './failover.js';
import { healRoles } from './heal-roles.js';
import { nextMaster } from './next-master.js';
import type { NodeFacts } from './node-facts.js';
import type { Plan } from './plan.js';
import { planSetAside, planSetAsideOfLiving } from './set-aside.js';
import { UndecidedError } from './undecided.js';

/** What is there, and the roles that are to be. */
interface Situation {
  readonly topology: ObservedTopology;
  readonly nodeFacts: readonly NodeFacts[];
  readonly next: NodeFacts;
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
export function promotion(
  topology: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  wanted: string | null,
): Plan {
  const { name } = topology;
  const living = nodeFacts.find((it) => it.server?.replication.role === 'master');
  if (living === undefined && wanted === null) refuseLesserCopy(name, nodeFacts);
  const { node, notes } = nextMaster(name, nodeFacts, wanted, living);
  const next = nodeFacts.find((it) => it.name === node);
  if (living !== undefined || next === undefined) {
    throw new UsageError(
      `${living?.name} is a living master: promoting ${node} would lose writes`,
      { about: { code: 'living-master', topology: name, node } },
    );
  }
  const { upstreams } = healRoles(nodeFacts, node);
  const situation = { topology, nodeFacts, next, upstreams };
  const ports = new Map(topology.nodes.map((it) => [it.name, it.port ?? 0]));
  const draft = new Draft();
  const followers = followersIn(situation);
  const told = nodeFacts.filter((it) => followers.some((follower) => follower.name === it.name));
  planSetAsideOfLiving(draft, name, told, next, ports);
  planTakeover(draft, name, { node, port: ports.get(node) ?? 0 }, followers);
  for (const facts of nodeFacts) planDemotion(draft, situation, facts);
  const links = { topology: name, ports, isAttached: isAttachedIn(topology) };
  return {
    topology: name,
    steps: draft.steps,
    notes: [...notes, ...planLinks(draft, followers, links)],
  };
}

/** The furthest copy is meant, and that may be on the disk of a node that is down. Whoever names a node has chosen. */
function refuseLesserCopy(topology: string, nodeFacts: readonly NodeFacts[]): void {
  const { master, promoted, undecided, notes } = chooseMaster(nodeFacts);
  if (undecided.length > 0) throw new UndecidedError(topology, undecided);
  const further = nodeFacts.find(({ name }) => name === master);
  if (promoted !== null || further === undefined || recordedMaster(further)) return;
  throw new FailedError(notes.join('; '), {
    about: { code: 'further-copy', topology },
  });
}

/** Replicas that answer and have lost their upstream. */
function followersIn({ topology, nodeFacts, next, upstreams }: Situation): Follower[] {
  return nodeFacts.flatMap(({ name, server, upstream: current }) => {
    if (server === null || name === next.name) return [];
    const above = nodeFacts.find((it) => it.name === current)?.server;
    const { address, port } = topology.nodes.find((it) => it.name === name) ?? {};
    const addresses = address == null ? [] : [address];
    if (above && linkProblem(above.replication, server.replication, addresses) === undefined) {
      return [];
    }
    const planned = nodeFacts.find((it) => it.name === upstreams.get(name));
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
  { topology: { name: topology }, next, upstreams }: Situation,
  facts: NodeFacts,
): void {
  const { name, state, config, server } = facts;
  const upstream = upstreams.get(name) ?? null;
  const isStopped = ['created', 'restarting', 'exited', 'dead'].includes(state);
  if (server !== null || !isStopped || config === null || upstream === null) return;
  planSetAside(draft, topology, facts, next, null);
  if (upstreamIn(config) === upstream) return;
  draft.push({
    id: `role ${name}`,
    after: [...draft.of(next.name, 'promote'), ...draft.of(name, 'setAside')],
    kind: 'writeRole',
    resource: containerName(topology, name),
    cause: `${next.name} takes the role while it is down`,
    node: name,
    upstream,
  });
}
