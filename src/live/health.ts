/** How well a topology is, in a word for programs and a line for people. Pure. */
import { bytes } from '../format.js';
import { mastersAmong, severalMasters } from './masters.js';
import { electionProblem, type SentinelStatus } from './sentinel-status.js';

/** `degraded`: one master leads, and some node is not as it should be. */
export type Health = 'well' | 'degraded' | 'no-master' | 'several-masters';

/** Of a node's status: what tells whether it is as it should be. */
interface NodeState {
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
type SentinelState = Pick<SentinelStatus, 'name' | 'state' | 'quorum' | 'tilt' | 'problem'>;

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

/** `well`, or what is wrong and, where writes fail, the command that mends it. */
export function headline(
  topology: string,
  nodes: readonly NodeState[],
  sentinels: readonly SentinelState[] = [],
): string {
  switch (healthOf(nodes, sentinels)) {
    case 'well':
      return 'well';
    case 'no-master':
      return `no master: writes fail, ${remedy(topology, nodes, sentinels)}`;
    case 'several-masters':
      return severalMasters(mastersAmong(nodes)) ?? '';
    case 'degraded':
      return complaints(nodes, sentinels).join('; ');
  }
}

function complaints(
  nodes: readonly NodeState[],
  sentinels: readonly SentinelState[],
): readonly string[] {
  const election = sentinels.length === 0 ? null : electionProblem(sentinels);
  return [
    ...nodes.flatMap((node) => complaint(node) ?? []),
    ...(election === null ? [] : [election]),
    ...sentinels.flatMap(sentinelComplaint),
  ];
}

const sentinelComplaint = ({ name, state, problem }: SentinelState): string[] => {
  if (state !== 'running') return [`${name} is ${state}`];
  return problem === null ? [] : [`${name}: ${problem}`];
};

/** Where no replica answers there is none to promote; and while they can, sentinels do it. */
function remedy(
  topology: string,
  nodes: readonly NodeState[],
  sentinels: readonly SentinelState[],
): string {
  if (sentinels.length > 0 && electionProblem(sentinels) === null) {
    return 'until the sentinels have elected one';
  }
  return byHand(topology, nodes);
}

const byHand = (topology: string, nodes: readonly NodeState[]): string =>
  nodes.some(({ role }) => role === 'replica')
    ? `\`rrepl promote replica --name ${topology}\``
    : `\`rrepl heal --name ${topology}\``;

function complaint({ name, role, state, link, lagBytes, problem }: NodeState): string | null {
  if (state !== 'running') return `${name} is ${state}`;
  if (role === null) return `${name} does not answer`;
  if (link === 'down') return `${name} is behind: its link is down`;
  if (lagBytes !== null && lagBytes > BEHIND_BYTES)
    return `${name} is behind by ${bytes(lagBytes)}`;
  return problem === null ? null : `${name}: ${problem}`;
}
