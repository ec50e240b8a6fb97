/** The master's role moves: by force when the master is dead, and without loss when it lives. */
import type { Context } from '../context.js';
import { FailedError, UsageError } from '../errors.js';
import {
  askCandidates,
  eachOf,
  type Missing,
  makeAllDurable,
  missingText,
  promote,
} from '../failover/promote.js';
import { demote } from '../failover/rejoin.js';
import { setAsideLiving, setAsideNote } from '../failover/set-aside.js';
import { switchover } from '../failover/switchover.js';
import { bytes, duration } from '../format.js';
import { findNode } from '../live/find-node.js';
import { containerOf, type LiveNode, type LiveTopology, serversOf } from '../live/live-topology.js';
import { observePatients } from '../live/patients.js';
import { whileRunning } from '../live/server-exit.js';
import { type NodeStatus, readStatus, type TopologyStatus } from '../live/status.js';
import { chooseHeir, furthest, whyNoHeir } from '../plan/choose-heir.js';
import { chooseMaster } from '../plan/choose-master.js';
import { recordedMaster } from '../plan/copies.js';
import type { Patient } from '../plan/patient.js';
import { isContained } from '../plan/set-aside.js';
import { UndecidedError } from '../plan/undecided.js';
import type { RedisNode } from '../redis/node.js';
import { waitForLink } from '../redis/probes.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { showStatus } from './node-actions.js';
import { changeTopology, type TargetOptions } from './session.js';

export interface FailoverOptions extends TargetOptions {
  /** The heir: a node, or `replica` for the one that is furthest. */
  readonly node?: string;
  /** Milliseconds that the heir has to catch up. */
  readonly timeout?: number;
  readonly json?: boolean;
}

const CATCH_UP_MS = 30_000;

export async function promoteCommand(context: Context, options: FailoverOptions): Promise<number> {
  await changeTopology(context, options, async (live) => {
    const status = await readStatus(live);
    const living = status.nodes.find((node) => node.role === 'master');
    const patients = await observePatients(
      live.runtime,
      (node) => live.connect(node),
      live.observed,
    );
    if (living === undefined) refuseWorseHeir(live.name, patients, options.node);
    const heir = await chosenHeir(live, status, options.node, context);
    if (living !== undefined) {
      throw new UsageError(
        `${living.name} is a living master: promoting ${heir.name} would lose writes`,
        {
          hint: `\`rrepl switchover ${heir.name} --name ${live.name}\` moves the role without losing one`,
        },
      );
    }
    const followers = status.nodes
      .filter((node) => node.role === 'replica' && node.name !== heir.name && node.link !== 'up')
      .map((node) => nodeOf(live, node));
    const knowing = { patients, context };
    await setAsideBefore(live, heir, followers, knowing);
    const servers = followers.map(({ redis }) => redis);
    const promotion = await promote({ heir: heir.redis, followers: servers });
    const told = servers.filter(({ name }) => !promotion.missing.some(({ node }) => node === name));
    const missing = [
      ...promotion.missing,
      ...(await makeAllDurable(told)),
      ...(await demoteStopped(live, status, heir.name, knowing)),
      ...(await awaitLinks(live, heir, told.filter(isAttached(live)), context)),
    ];
    context.stderr.write(`${heir.name} is the master now\n`);
    for (const { name } of told.filter((it) => !isAttached(live)(it))) {
      context.stderr.write(
        `${name} is cut off and will follow it: \`rrepl connect ${name} --name ${live.name}\` joins it again\n`,
      );
    }
    if (missing.length > 0) throw notAll(live.name, heir.name, missing);
  });
  return showStatus(context, options);
}

/** Who is missing does not undo the failover: that stands, and `heal` tells the rest. */
const notAll = (topology: string, heir: string, missing: readonly Missing[]): FailedError =>
  new FailedError(missingText(heir, missing), {
    hint: `\`rrepl heal --name ${topology}\` brings them into line`,
  });

/**
 * Where nobody is named the furthest copy is meant, and that may be on the disk of a node that is
 * down. Whoever names a node has chosen.
 */
function refuseWorseHeir(topology: string, patients: readonly Patient[], wanted = 'replica'): void {
  if (wanted !== 'replica') return;
  const { master, promoted, undecided, notes } = chooseMaster(patients);
  if (undecided.length > 0) throw new UndecidedError(topology, undecided);
  const further = patients.find(({ name }) => name === master);
  if (promoted !== null || further === undefined || recordedMaster(further)) return;
  throw new FailedError(notes.join('; '), {
    hint: `\`rrepl heal --name ${topology}\` makes it the master; a replica that is named is promoted all the same`,
  });
}

interface Knowing {
  readonly patients: readonly Patient[];
  readonly context: Context;
}

/** A follower that has what the heir lacks loses it by following. */
async function setAsideBefore(
  live: LiveTopology,
  heir: LiveNode,
  followers: readonly LiveNode[],
  { patients, context }: Knowing,
): Promise<void> {
  const of = (node: LiveNode) => patients.find(({ name }) => name === node.name);
  const master = of(heir);
  for (const node of followers) {
    const patient = of(node);
    if (!patient || !master || isContained(patient, master)) continue;
    const place = { topology: live.name, node: node.name, container: containerOf(node) };
    const cause = `${heir.name} is not known to have all of it`;
    const kept = await setAsideLiving(live.runtime, place, cause, node.redis, catchUp(context));
    if (kept !== null) context.stderr.write(`${setAsideNote(place, kept)}\n`);
  }
}

/**
 * A stopped former master must come back as a replica, however it is started: so its file is
 * changed, and what the heir may lack is set aside, before it can.
 */
async function demoteStopped(
  live: LiveTopology,
  status: TopologyStatus,
  heir: string,
  { patients, context }: Knowing,
): Promise<Missing[]> {
  const silent = status.nodes.filter((node) => node.role === null && node.state === 'stopped');
  const master = patients.find(({ name }) => name === heir);
  return eachOf(
    silent.map((node) => nodeOf(live, node)),
    async (node) => {
      const patient = patients.find(({ name }) => name === node.name);
      const contained = !patient || !master || isContained(patient, master);
      const cause = contained ? null : `${heir} was promoted while it was down`;
      const place = { topology: live.name, node: node.name, container: containerOf(node) };
      const kept = await demote(live.runtime, place, { upstream: heir, cause });
      if (kept !== null) context.stderr.write(`${setAsideNote(place, kept)}\n`);
    },
  );
}

/** A node that is cut off the replication network knows whom to follow, and can't yet. */
const isAttached =
  ({ nodes }: LiveTopology) =>
  ({ name }: RedisNode): boolean =>
    nodes.some((it) => it.name === name && it.observed.address !== null);

const awaitLinks = (
  live: LiveTopology,
  heir: LiveNode,
  followers: readonly RedisNode[],
  context: Context,
): Promise<Missing[]> =>
  eachOf(followers, (follower) => follows(live, heir, [follower], catchUp(context)));

export async function switchoverCommand(
  context: Context,
  options: FailoverOptions,
): Promise<number> {
  await changeTopology(context, options, async (live) => {
    const status = await readStatus(live);
    const master = nodeOf(live, findNode(status, 'master'));
    const heir = await chosenHeir(live, status, options.node ?? 'replica', context);
    const followers = status.nodes.filter(
      (node) => node.upstream === master.name && node.name !== heir.name,
    );
    const others = followers.map((node) => nodeOf(live, node).redis);
    const limits = {
      deadline: new Deadline(options.timeout ?? CATCH_UP_MS),
      signal: context.signal,
    };
    // An heir that is cut off may have every write, but nobody could follow it.
    const above = status.nodes.find((node) => node.name === heir.name)?.upstream;
    const upstream = live.nodes.find((node) => node.name === above) ?? master;
    await follows(live, upstream, [heir.redis], limits);
    const { fencedMs, missing } = await switchover({
      master: master.redis,
      heir: heir.redis,
      others,
      ...limits,
    });
    const told = [master.redis, ...others].filter(
      ({ name }) => !missing.some(({ node }) => node === name),
    );
    const late = await awaitLinks(live, heir, told, context);
    context.stderr.write(
      `${heir.name} is the master now; writes were refused for ${duration(fencedMs)}\n`,
    );
    if (missing.length + late.length > 0) throw notAll(live.name, heir.name, [...missing, ...late]);
  });
  return showStatus(context, options);
}

const catchUp = ({ signal }: Context): Limits => ({ deadline: new Deadline(CATCH_UP_MS), signal });

/** After the role has moved, links are up only a moment later (6.0 connects once a second). */
async function follows(
  live: LiveTopology,
  upstream: LiveNode,
  followers: readonly RedisNode[],
  limits: Limits,
): Promise<void> {
  await Promise.all(
    followers.map((redis) => {
      const follower = nodeOf(live, redis);
      const { address } = follower.observed;
      const addresses = address ? [address] : [];
      return whileRunning(live.runtime, serversOf(upstream, follower), limits, (it) =>
        waitForLink(upstream.redis, redis, { ...it, addresses }),
      );
    }),
  );
}

/** Says by how much a named heir is behind: its promotion loses that. */
async function chosenHeir(
  live: LiveTopology,
  status: TopologyStatus,
  wanted = 'replica',
  context: Context,
): Promise<LiveNode> {
  const replicas = status.nodes.filter((node) => node.role === 'replica');
  const candidates = await askCandidates(replicas.map((node) => nodeOf(live, node).redis));
  const masterId = status.nodes.find((node) => node.role === 'master')?.replicationId ?? null;
  const best = chooseHeir(candidates, masterId);
  if (wanted === 'replica' && best === null) {
    const command = masterId === null ? 'promote' : 'switchover';
    const { message, hint } = whyNoHeir(candidates, masterId, { topology: live.name, command });
    throw new FailedError(message, { hint });
  }
  const name = wanted === 'replica' && best !== null ? best.name : findNode(status, wanted).name;
  const heir = candidates.find((candidate) => candidate.name === name);
  if (heir === undefined) throw new UsageError(`${name} is no replica that answers`);
  if (heir.priority === 0) {
    context.stderr.write(`${name} has replica-priority 0: promoted because it is named\n`);
  }
  const ahead = furthest(candidates, masterId);
  if (ahead?.id === heir.id && ahead.offset > heir.offset) {
    const barred = ahead.priority === 0 ? ', which has replica-priority 0' : '';
    context.stderr.write(
      `${name} is ${bytes(ahead.offset - heir.offset)} behind ${ahead.name}${barred}\n`,
    );
  }
  return nodeOf(live, heir);
}

function nodeOf(live: LiveTopology, { name }: Pick<NodeStatus, 'name'>): LiveNode {
  const node = live.nodes.find((it) => it.name === name);
  if (node === undefined) throw new UsageError(`there is no node ${name}`);
  return node;
}
