/** Which node the user means: its name, or the role it has right now. */
import { UsageError } from '../errors.js';
import { quoted } from '../format.js';
import type { NodeStatus } from './status.js';

type Named = Pick<NodeStatus, 'name' | 'role'>;

const ROLES: ReadonlyMap<string, 'master' | 'replica'> = new Map([
  ['master', 'master'],
  ['primary', 'master'],
  ['replica', 'replica'],
]);

/** Throws `UsageError` if no node, or more than one master, is meant. `replica` means the first of them. */
export function findNode<N extends Named>(
  status: { readonly topology: string; readonly nodes: readonly N[] },
  wanted: string,
): N {
  const role = ROLES.get(wanted);
  const names = status.nodes.map((node) => node.name).join(', ');
  if (role === undefined) {
    const node = status.nodes.find((it) => it.name === wanted);
    if (node !== undefined) return node;
    throw new UsageError(`topology ${status.topology} has no node ${quoted(wanted)}`, {
      hint: `its nodes are ${names}; \`master\` and \`replica\` work too`,
    });
  }
  const holders = status.nodes.filter((node) => node.role === role);
  const [first] = holders;
  if (first === undefined || (role === 'master' && holders.length > 1)) {
    const found = holders.map((node) => node.name).join(' and ');
    throw new UsageError(
      `topology ${status.topology} has ${found ? `several masters: ${found}` : `no ${role} that answers`}`,
      {
        hint: `name a node: ${names}; \`rrepl status\` shows what they say`,
      },
    );
  }
  return first;
}
