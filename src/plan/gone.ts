/** What of a topology is gone: healing brings back what is there, and makes nothing. Pure. */
import { networksOf } from '../docker/labels.js';
import { FailedError } from '../errors.js';
import { type Observed, recordedHost } from '../observe/observed.js';

export interface Gone {
  /** Nodes without a container. */
  readonly nodes: readonly string[];
  readonly networks: readonly string[];
}

export function whatIsGone({ name, nodes, networks }: Observed): Gone {
  const there = nodes.flatMap((node) => (node.container === null ? [] : [node.name]));
  // One may follow a node that left no trace.
  const followed = nodes.flatMap((node) => recordedHost(node) ?? []);
  const known = [...nodes.map((node) => node.name), ...followed.filter(isName)];
  return {
    nodes: [...new Set(known)].filter((node) => !there.includes(node)),
    networks: networksOf(name).filter((network) => networks.every((it) => it.name !== network)),
  };
}

/** An address is of nobody that could be made again. */
const isName = (host: string): boolean => !/[.:]/.test(host);

/** @throws FailedError if something is gone */
export function refuseGone(topology: string, { nodes, networks }: Gone): void {
  const parts = [
    ...nodes.map((node) => `the container of ${node}`),
    ...networks.map((network) => `the network ${network}`),
  ];
  if (parts.length === 0) return;
  throw new FailedError(`${topology} is not whole, gone: ${parts.join(', ')}`, {
    about: { code: 'not-whole', topology },
  });
}
