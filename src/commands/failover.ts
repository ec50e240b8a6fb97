/** What `promote` and `switchover` have in common: who takes the role, and who must follow. */
import type { Context } from '../context.js';
import { FailedError, UsageError } from '../errors.js';
import { askCandidates, eachOf, type Missing, missingText } from '../failover/promote.js';
import { bytes } from '../format.js';
import { findNode } from '../live/find-node.js';
import { type LiveNode, type LiveTopology, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import type { NodeStatus, TopologyStatus } from '../live/status.js';
import { chooseHeir, furthest, whyNoHeir } from '../plan/choose-heir.js';
import type { RedisNode } from '../redis/node.js';
import { waitForLink } from '../redis/probes.js';
import { Deadline, type Limits } from '../redis/wait.js';
import type { TargetOptions } from './session.js';

export interface FailoverOptions extends TargetOptions {
  /** The heir: a node, or `replica` for the one that is furthest. */
  readonly node?: string;
  /** Milliseconds that the heir has to catch up. */
  readonly timeout?: number;
  readonly json?: boolean;
}

export const CATCH_UP_MS = 30_000;

/** Who is missing does not undo the failover: that stands, and `heal` tells the rest. */
export const notAll = (topology: string, heir: string, missing: readonly Missing[]): FailedError =>
  new FailedError(missingText(heir, missing), {
    hint: `\`rrepl heal --name ${topology}\` brings them into line`,
  });

export const awaitLinks = (
  live: LiveTopology,
  heir: LiveNode,
  followers: readonly RedisNode[],
  context: Context,
): Promise<Missing[]> =>
  eachOf(followers, (follower) => follows(live, heir, [follower], catchUp(context)));

export const catchUp = ({ signal }: Context): Limits => ({
  deadline: new Deadline(CATCH_UP_MS),
  signal,
});

/** After the role has moved, links are up only a moment later (6.0 connects once a second). */
export async function follows(
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
export async function chosenHeir(
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
  if (heir === undefined)
    throw new UsageError(`${name} is no replica that answers`, {
      hint: `\`rrepl start ${name} --name ${live.name}\` comes first; where no server answers, \`rrepl up --name ${live.name} --master ${name}\` lets its data lead`,
    });
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

export function nodeOf(live: LiveTopology, { name }: Pick<NodeStatus, 'name'>): LiveNode {
  const node = live.nodes.find((it) => it.name === name);
  if (node === undefined) throw new UsageError(`there is no node ${name}`);
  return node;
}
