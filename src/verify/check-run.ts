/** One run of the checks: the nodes as they live, with what their status and their files say. */
import { readMountedConfigs } from '../docker/topologies.js';
import type { LiveNode, LiveTopology } from '../live/live-topology.js';
import { type NodeStatus, readStatus } from '../live/status.js';
import { ReplyError } from '../redis/node.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { type CheckResult, type Claim, type Finding, finding, runCheck } from './check.js';

export interface CheckedNode extends LiveNode {
  readonly status: NodeStatus;
  /** The text of its mounted redis.conf; null if it can't be read. */
  readonly config: string | null;
}

export interface CheckRun extends Limits {
  /** Limits that end earlier: for one check of many. Milliseconds. */
  within(ms: number): Limits;
  readonly topology: string;
  readonly live: LiveTopology;
  readonly nodes: readonly CheckedNode[];
  /** The one node that says it is the master, or null if none or several do. */
  readonly master: CheckedNode | null;
  readonly replicas: readonly CheckedNode[];
}

export async function beginChecks(live: LiveTopology, limits: Limits): Promise<CheckRun> {
  const [status, configs] = await Promise.all([
    readStatus(live),
    readMountedConfigs(live.runtime, live.nodes),
  ]);
  const nodes = live.nodes.flatMap((node) => {
    const found = status.nodes.find(({ name }) => name === node.name);
    return found ? [{ ...node, status: found, config: configs.get(node.name) ?? null }] : [];
  });
  const masters = nodes.filter((node) => node.status.role === 'master');
  const [master = null] = masters.length === 1 ? masters : [];
  return {
    ...limits,
    within: (ms) => ({
      signal: limits.signal,
      deadline: new Deadline(Math.min(ms, limits.deadline.remainingMs())),
    }),
    topology: live.name,
    live,
    nodes,
    master,
    replicas: nodes.filter((node) => node.status.role !== 'master'),
  };
}

/** What every check says of a node that did not answer: asking it again would only take time. */
export function unanswered({ status }: CheckedNode): Finding | null {
  return status.role === null ? finding('unknown', 'an answer', status.problem ?? 'none') : null;
}

/**
 * A wait that ended without what it waited for proves something only if it got all of its time,
 * and was not ended by a server that refuses to be asked.
 */
export function outOfTime(run: CheckRun, expected: string, error: unknown): Finding {
  const cutShort = run.deadline.remainingMs() === 0 || error instanceof ReplyError;
  const verdict = cutShort ? 'unknown' : 'fail';
  return finding(verdict, expected, error instanceof Error ? error.message : String(error));
}

/** A check that waits: it passes with what `wait` finds. */
export async function checkInTime(
  run: CheckRun,
  { ms, expected }: { readonly ms: number; readonly expected: string },
  wait: (limits: Limits) => Promise<Finding>,
): Promise<Finding> {
  const limits = run.within(ms);
  try {
    return await wait(limits);
  } catch (error) {
    limits.signal.throwIfAborted();
    return outOfTime(run, expected, error);
  }
}

/** The same check of every replica, at the same time. */
export const each = (
  run: CheckRun,
  claim: Claim,
  look: (node: CheckedNode) => Promise<Finding>,
): Promise<CheckResult[]> =>
  Promise.all(
    run.replicas.map((node) =>
      runCheck(claim, node.name, run.signal, async () => unanswered(node) ?? look(node)),
    ),
  );
