/** Which node the user means: its name, or the role it has right now. */
import { FailedError, UsageError } from '../errors.js';
import { quoted } from '../format.js';
import { severalMasters } from './masters.js';
import type { NodeStatus } from './status.js';

type Named = Pick<NodeStatus, 'name' | 'role'>;

interface Among<N extends Named> {
  readonly topology: string;
  readonly nodes: readonly N[];
  /** They are no nodes; named where somebody looks for one that isn't there. */
  readonly sentinels?: readonly { readonly name: string }[] | undefined;
}

const ROLES: ReadonlyMap<string, 'master' | 'replica'> = new Map([
  ['master', 'master'],
  ['primary', 'master'],
  ['replica', 'replica'],
]);

/** Undefined if none has this name. */
export const findSentinel = <N extends { readonly name: string }>(
  { sentinels }: { readonly sentinels: readonly N[] },
  wanted: string | undefined,
): N | undefined => sentinels.find(({ name }) => name === wanted);

/**
 * `replica` means the first of them. Throws `UsageError` if there is no node of this name,
 * `FailedError` if no node has the role, or several are masters.
 */
export function findNode<N extends Named>(status: Among<N>, wanted: string): N {
  const { topology } = status;
  const role = ROLES.get(wanted);
  const nodes = status.nodes.map((node) => node.name);
  if (role === undefined) {
    const node = status.nodes.find((it) => it.name === wanted);
    if (node !== undefined) return node;
    const sentinels = status.sentinels?.map(({ name }) => name) ?? [];
    if (sentinels.includes(wanted)) {
      throw new UsageError(`${wanted} is a sentinel, and this is for servers`, {
        about: { code: 'no-node', topology, nodes },
      });
    }
    throw new UsageError(`topology ${topology} has no node ${quoted(wanted)}`, {
      about: { code: 'no-node', topology, nodes: [...nodes, ...sentinels] },
    });
  }
  const holders = status.nodes.filter((node) => node.role === role);
  const [first] = holders;
  if (first === undefined) {
    const code = role === 'master' ? 'no-master' : 'no-replica';
    throw new FailedError(`topology ${topology} has no ${role} that answers`, {
      about: { code, topology, nodes },
    });
  }
  if (role === 'master' && holders.length > 1) throw severalMastersError(topology, holders);
  return first;
}

const severalMastersError = (topology: string, holders: readonly Named[]): FailedError => {
  const masters = holders.map((node) => node.name);
  return new FailedError(`topology ${topology} has ${severalMasters(masters)}`, {
    about: { code: 'several-masters', topology, masters },
  });
};

/** The one master. Throws `FailedError` if none answers, or several do. */
export const findMaster = <N extends Named>(status: Among<N>): N => findNode(status, 'master');
