/** How well a topology is, in a word for programs. Pure. */
import { bytes } from '../format.js';
import { mastersAmong } from './masters.js';
import { electionProblem, type SentinelStatus } from './sentinel-status.js';

/** `degraded`: one master leads, and some node is not as it should be. */
export type Health = 'well' | 'degraded' | 'no-master' | 'several-masters';

/** Of a node's status: what tells whether it is as it should be. */
export interface NodeState {
  readonly name: string;
  readonly role: 'master' | 'replica' | null;
  readonly state: string;
  readonly link: 'up' | 'down' | null;
  readonly lagBytes: number | null;
  readonly problem: string | null;
}

/** Under load a replica that is well is this far behind between two answers. */
const BEHIND_BYTES = 1024 * 1024;

/** The same of a sentinel. */
export type SentinelState = Pick<SentinelStatus, 'name' | 'state' | 'quorum' | 'tilt' | 'problem'>;

export function healthOf(
  nodes: readonly NodeState[],
  sentinels: readonly SentinelState[] = [],
): Health {
  const masters = mastersAmong(nodes);
  if (masters.length === 0) return 'no-master';
  if (masters.length > 1) return 'several-masters';
  const isWell = complaints(nodes, sentinels).length === 0;
  return isWell ? 'well' : 'degraded';
}

/** What isn't as it should be, each in a sentence's part. */
export function complaints(
  nodes: readonly NodeState[],
  sentinels: readonly SentinelState[],
): readonly string[] {
  const election = sentinels.length === 0 ? null : electionProblem(sentinels);
  const ofSentinels = new Map<string, string[]>();
  for (const it of sentinels) {
    const text = sentinelComplaint(it);
    if (text !== null) ofSentinels.set(text, [...(ofSentinels.get(text) ?? []), it.name]);
  }
  return [
    ...nodes.flatMap((node) => complaint(node) ?? []),
    ...(election === null ? [] : [election]),
    ...[...ofSentinels].map(([text, names]) => `${names.join(', ')}: ${text}`),
  ];
}

const sentinelComplaint = ({ state, problem }: SentinelState): string | null =>
  state === 'running' ? problem : state;

/** What is wrong with a node; null if it is as it should be. */
export function complaint({
  name,
  role,
  state,
  link,
  lagBytes,
  problem,
}: NodeState): string | null {
  if (state !== 'running') return `${name} is ${state}`;
  if (role === null) return `${name} does not answer`;
  if (link === 'down') return `${name} is behind: its link is down`;
  if (lagBytes !== null && lagBytes > BEHIND_BYTES)
    return `${name} is behind by ${bytes(lagBytes)}`;
  return problem === null ? null : `${name}: ${problem}`;
}
