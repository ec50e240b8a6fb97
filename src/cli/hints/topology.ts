import type { TopologyFacts } from '../../error-facts.js';
import { oneMasterAgain } from '../../ui/headline.js';
import type { Hints } from './hints.js';

const nameANode = (topology: string, nodes: readonly string[]): string =>
  `\`rrepl status --name ${topology}\` shows what its nodes say: ${nodes.join(', ')}`;

export const TOPOLOGY_HINTS: Hints<TopologyFacts> = {
  'wrong-input': () => undefined,
  'no-topology': ({ topology, strays, volumes }) =>
    strays.length > 0
      ? `a command that was killed left ${strays.join(', ')}: \`rrepl down --name ${topology}\` removes it`
      : volumes > 0
        ? `its volumes are kept: \`rrepl up --name ${topology}\` brings it back`
        : `\`rrepl ls\` lists those that are there, \`rrepl up --name ${topology}\` makes this one`,
  'nothing-to-scale': ({ topology, replicas }) =>
    `\`rrepl up --name ${topology} --replicas ${replicas}\` makes it; \`rrepl ls\` shows what there is`,
  'already-there': () =>
    'leave out --name to have one chosen, or leave out --fresh to drill the one that is there',
  'no-node': ({ nodes }) =>
    `its nodes are ${nodes.join(', ')}; \`master\` and \`replica\` work too`,
  'no-master': ({ topology, nodes }) =>
    `\`rrepl heal --name ${topology}\` gives it one; ${nameANode(topology, nodes)}`,
  'no-replica': ({ topology, nodes }) => nameANode(topology, nodes),
  'upstream-by-address': ({ topology }) => `\`rrepl heal --name ${topology}\` writes the name`,
  leftovers: ({ hollow }) =>
    hollow === null ? '`rrepl prune` removes them' : `\`rrepl down --name ${hollow}\` removes them`,
  'several-masters': ({ topology }) => oneMasterAgain(topology),
  'not-empty': () => 'end what writes to it first',
  'port-taken': () => 'another port, or none for one that is free',
  'not-healthy': ({ topology }) => `\`rrepl heal --name ${topology}\` repairs it`,
  'not-whole': ({ topology }) => `\`rrepl up --name ${topology}\` makes again what is gone`,
  'container-gone': () => '`rrepl up` makes it again',
  'wrong-state': ({ topology, node, first }) =>
    `\`rrepl ${first} ${node} --name ${topology}\` comes first`,
  busy: () => 'run this again when that has ended, or end it first',
  deadline: ({ topology, operation }) =>
    ({
      up: 'give it more time with --timeout, or look at it with --retain and `rrepl logs`',
      heal: more(topology),
      restore: `${more(topology)}, --timeout gives it more time`,
    })[operation],
  'labels-unknown': ({ topology }) =>
    `use the newer rrepl; or \`rrepl down --name ${topology}\`, which keeps the data, and \`rrepl up --name ${topology}\` make it anew`,
  'labels-foreign': ({ topology, container }) =>
    `\`docker rm -f ${container}\` and \`rrepl up --name ${topology}\` make it anew; its volumes stay`,
};

const more = (topology: string): string =>
  `\`rrepl status --name ${topology}\` and \`rrepl logs --name ${topology}\` show more`;
