/** What to type next, by the code of an error. */
import { type About, type Kind, RreplError } from '../errors.js';
import { oneMasterAgain } from '../live/masters.js';

const BY_FACTS: {
  readonly [C in About['code']]: (about: Extract<About, { readonly code: C }>) => string;
} = {
  'no-topology': ({ topology, strays, volumes }) =>
    strays.length > 0
      ? `a command that was killed left ${strays.join(', ')}: \`rrepl down --name ${topology}\` removes it`
      : volumes > 0
        ? `its volumes are kept: \`rrepl up --name ${topology}\` brings it back`
        : `\`rrepl ls\` lists those that are there, \`rrepl up --name ${topology}\` makes this one`,
  'nothing-to-scale': ({ topology, replicas }) =>
    `\`rrepl up --name ${topology} --replicas ${replicas}\` makes it; \`rrepl ls\` shows what there is`,
  'no-node': ({ nodes }) =>
    `its nodes are ${nodes.join(', ')}; \`master\` and \`replica\` work too`,
  'no-master': ({ topology, nodes }) => nameANode(topology, nodes),
  'no-replica': ({ topology, nodes }) => nameANode(topology, nodes),
  'several-masters': ({ topology }) => oneMasterAgain(topology),
  'container-gone': () => '`rrepl up` makes it again',
  busy: () => 'run this again when that has ended, or end it first',
};

const BY_KIND: Partial<Readonly<Record<Kind, string>>> = {
  unconfirmed: 'nothing was done; `--yes` does it without asking',
};

const nameANode = (topology: string, nodes: readonly string[]): string =>
  `\`rrepl status --name ${topology}\` shows what its nodes say: ${nodes.join(', ')}`;

/** Undefined where nothing helps, or where an error is none of ours. */
export function hintFor(error: unknown): string | undefined {
  if (!(error instanceof RreplError)) return undefined;
  if (error.hint !== undefined) return error.hint;
  if (error.about !== null) return ofFacts(error.about);
  return BY_KIND[error.code as Kind];
}

const ofFacts = <C extends About['code']>(about: Extract<About, { readonly code: C }>): string =>
  BY_FACTS[about.code as C](about);
