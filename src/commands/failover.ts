/** The master's role moves: by force when the master is dead, and without loss when it lives. */
import type { Context } from '../context.js';
import { FailedError, UsageError } from '../errors.js';
import { askCandidates, makeDurable, promote } from '../failover/promote.js';
import { demote } from '../failover/rejoin.js';
import { setAsideNote } from '../failover/set-aside.js';
import { switchover } from '../failover/switchover.js';
import { bytes, duration } from '../format.js';
import { findNode } from '../live/find-node.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { type NodeStatus, readStatus, type TopologyStatus } from '../live/status.js';
import { chooseHeir } from '../plan/choose-heir.js';
import type { RedisNode } from '../redis/node.js';
import { waitForLink } from '../redis/probes.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { showStatus } from './node-actions.js';
import { type TargetOptions, withTopology } from './session.js';

export interface FailoverOptions extends TargetOptions {
  /** The heir: a node, or `replica` for the one that is furthest. */
  readonly node?: string;
  /** Milliseconds that the heir has to catch up. */
  readonly timeout?: number;
  readonly json?: boolean;
}

const CATCH_UP_MS = 30_000;

export async function promoteCommand(context: Context, options: FailoverOptions): Promise<number> {
  await withTopology(context, options, async (live) => {
    const status = await readStatus(live);
    const living = status.nodes.find((node) => node.role === 'master');
    const heir = await chosenHeir(live, status, options.node, context);
    if (living !== undefined) {
      throw new UsageError(
        `${living.name} is a living master: promoting ${heir.name} would lose writes`,
        {
          hint: `\`rrepl switchover ${heir.name}\` moves the role without losing one`,
        },
      );
    }
    const answering = status.nodes.filter(
      (node) => node.role === 'replica' && node.name !== heir.name,
    );
    const followers = answering
      .filter((node) => node.link !== 'up')
      .map((node) => nodeOf(live, node).redis);
    await promote({ heir: heir.redis, followers });
    await Promise.all([heir.redis, ...followers].map(makeDurable));
    await follows(live, heir, followers, catchUp(context));
    await Promise.all(
      silentNodes(live, status).map(async (node) => {
        const place = { topology: live.name, node: node.name, container: containerOf(node) };
        const cause = `${heir.name} was promoted while it was down`;
        const kept = await demote(live.runtime, place, { upstream: heir.name, cause });
        if (kept !== null) context.stderr.write(`${setAsideNote(place, kept)}\n`);
      }),
    );
    context.stderr.write(`${heir.name} is the master now\n`);
  });
  return showStatus(context, options);
}

export async function switchoverCommand(
  context: Context,
  options: FailoverOptions,
): Promise<number> {
  await withTopology(context, options, async (live) => {
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
    const { fencedMs } = await switchover({
      master: master.redis,
      heir: heir.redis,
      others,
      ...limits,
    });
    await follows(live, heir, [master.redis, ...others], catchUp(context));
    context.stderr.write(
      `${heir.name} is the master now; writes were refused for ${duration(fencedMs)}\n`,
    );
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
    followers.map((follower) => {
      const address = live.nodes.find(({ name }) => name === follower.name)?.observed.address;
      const addresses = address ? [address] : [];
      return waitForLink(upstream.redis, follower, { ...limits, addresses });
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
    throw new FailedError(
      'no replica answers, or they have different replication ids: name the heir',
      {
        hint: '`rrepl status` shows what they say',
      },
    );
  }
  const name = wanted === 'replica' && best !== null ? best.name : findNode(status, wanted).name;
  const heir = candidates.find((candidate) => candidate.name === name);
  if (heir === undefined) throw new UsageError(`${name} is no replica that answers`);
  const behind = (best?.offset ?? heir.offset) - heir.offset;
  if (best !== null && best.id === heir.id && behind > 0) {
    context.stderr.write(`${name} is ${bytes(behind)} behind ${best.name}\n`);
  }
  return nodeOf(live, heir);
}

function nodeOf(live: LiveTopology, { name }: Pick<NodeStatus, 'name'>): LiveNode {
  const node = live.nodes.find((it) => it.name === name);
  if (node === undefined) throw new UsageError(`there is no node ${name}`);
  return node;
}

/** A stopped former master must come back as a replica, so its file is changed before it can start. */
function silentNodes(live: LiveTopology, status: TopologyStatus): LiveNode[] {
  return status.nodes
    .filter((node) => node.role === null && node.state === 'stopped')
    .map((node) => nodeOf(live, node));
}
