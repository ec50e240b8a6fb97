/** What is true of a topology as a whole, in a line, with the command that mends it. Pure. */
import { complaints, healthOf, type NodeState, type SentinelState } from '../live/health.js';
import { mastersAmong, severalMasters } from '../live/masters.js';
import { electionProblem } from '../live/sentinel-status.js';

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
      return `${complaints(nodes, sentinels).join('; ')}${wake(topology, nodes)}`;
  }
}

/** What is paused stays so until somebody wakes it. */
const wake = (topology: string, nodes: readonly NodeState[]): string =>
  nodes.some(({ state }) => state === 'paused')
    ? `; \`rrepl heal --name ${topology}\` wakes what is paused`
    : '';

/** Where no replica answers there is none to promote; and while they can, sentinels do it. */
function remedy(
  topology: string,
  nodes: readonly NodeState[],
  sentinels: readonly SentinelState[],
): string {
  if (!nodes.some(({ role }) => role === 'replica')) return `\`rrepl heal --name ${topology}\``;
  if (sentinels.length === 0) return `\`rrepl promote replica --name ${topology}\``;
  const election = electionProblem(sentinels);
  return election === null
    ? 'until the sentinels have elected one'
    : `${election}: \`rrepl heal --name ${topology}\``;
}

/** Of several masters. */
export const oneMasterAgain = (topology: string): string =>
  `\`rrepl heal --name ${topology}\` leaves one, and sets aside what only the others have`;
