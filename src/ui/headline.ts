/** What is true of a topology as a whole, in a line, with the command that mends it. Pure. */
import { complaint, healthOf, type NodeState } from '../live/health.js';
import { mastersAmong, severalMasters } from '../live/masters.js';

/** `well`, or what is wrong and, where writes fail, the command that mends it. */
export function headline(topology: string, nodes: readonly NodeState[]): string {
  switch (healthOf(nodes)) {
    case 'well':
      return 'well';
    case 'no-master':
      return `no master: writes fail, ${remedy(topology, nodes)}`;
    case 'several-masters':
      return severalMasters(mastersAmong(nodes)) ?? '';
    case 'degraded':
      return nodes.flatMap((node) => complaint(node) ?? []).join('; ');
  }
}

/** Where no replica answers there is none to promote. */
const remedy = (topology: string, nodes: readonly NodeState[]): string =>
  nodes.some(({ role }) => role === 'replica')
    ? `\`rrepl promote replica --name ${topology}\``
    : `\`rrepl heal --name ${topology}\``;

/** Of several masters. */
export const oneMasterAgain = (topology: string): string =>
  `\`rrepl heal --name ${topology}\` leaves one, and sets aside what only the others have`;
