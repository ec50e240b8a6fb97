/** What the checks look at: the topology, what its servers say, and what stands in their files. */
import { readMountedConfigs } from '../docker/topologies.js';

import type { LiveNode, LiveTopology } from '../live/live-topology.js';
import { type NodeStatus, readStatus } from '../live/status.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { type CheckResult, type Claim, type Finding, finding, runCheck } from './check.js';

export interface SubjectNode {
  readonly name: string;
  readonly redis: RedisNode;
  readonly status: NodeStatus;
  /** On the replication network; null while it has none. */
  readonly address: string | null;
  /** The text of its mounted redis.conf; null if it can't be read. */
  readonly config: string | null;
}

export interface Subject extends Limits {
  /** Limits that end earlier: for one check of many. Milliseconds. */
  within(ms: number): Limits;
  readonly topology: string;
  readonly nodes: readonly SubjectNode[];
  /** The one node that says it is the master, or null if none or several do. */
  readonly master: SubjectNode | null;
  readonly replicas: readonly SubjectNode[];
}

export async function readSubject(live: LiveTopology, limits: Limits): Promise<Subject> {
  const [status, configs] = await Promise.all([
    readStatus(live),
    readMountedConfigs(live.runtime, live.nodes),
  ]);
  const nodes = live.nodes.flatMap((node) => {
    const found = status.nodes.find(({ name }) => name === node.name);
    return found ? [subjectNode(node, found, configs.get(node.name) ?? null)] : [];
  });
  const masters = nodes.filter(({ status: { role } }) => role === 'master');
  const [master = null] = masters.length === 1 ? masters : [];
  return {
    ...limits,
    within: (ms) => ({
      signal: limits.signal,
      deadline: new Deadline(Math.min(ms, limits.deadline.remainingMs())),
    }),
    topology: live.name,
    nodes,
    master,
    replicas: nodes.filter((node) => node.status.role !== 'master'),
  };
}

function subjectNode(node: LiveNode, status: NodeStatus, config: string | null): SubjectNode {
  return {
    name: node.name,
    redis: node.redis,
    status,
    address: node.address,
    config,
  };
}

/** What every check says of a node that did not answer: asking it again would only take time. */
export function unanswered({ status }: SubjectNode): Finding | null {
  return status.role === null ? finding('unknown', 'an answer', status.problem ?? 'none') : null;
}

/**
 * A wait that ended without what it waited for proves something only if it got all of its time,
 * and was not ended by a server that refuses to be asked.
 */
export function outOfTime(subject: Subject, expected: string, error: unknown): Finding {
  const cutShort = subject.deadline.remainingMs() === 0 || error instanceof ReplyError;
  const verdict = cutShort ? 'unknown' : 'fail';
  return finding(verdict, expected, error instanceof Error ? error.message : String(error));
}

/** The same check of every replica, at the same time. */
export const each = (
  subject: Subject,
  claim: Claim,
  look: (node: SubjectNode) => Promise<Finding>,
): Promise<CheckResult[]> =>
  Promise.all(
    subject.replicas.map((node) =>
      runCheck(claim, node.name, subject.signal, async () => unanswered(node) ?? look(node)),
    ),
  );
