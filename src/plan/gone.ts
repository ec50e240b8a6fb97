/** What of a topology is gone: healing brings back what is there, and makes nothing. Pure. */
import { upstreamIn } from '../config/upstream.js';
import { networksOf } from '../docker/labels.js';
import type { EngineTopology } from '../docker/topologies.js';

export interface Gone {
  /** Nodes without a container. */
  readonly nodes: readonly string[];
  readonly networks: readonly string[];
}

/** @param configs the redis.conf of the nodes that have a container: one may follow a node that left no trace. */
export function whatIsGone(
  { name, nodes, networks }: EngineTopology,
  configs: ReadonlyMap<string, string>,
): Gone {
  const there = nodes.flatMap((node) => (node.container === null ? [] : [node.name]));
  const followed = [...configs.values()].flatMap((conf) => upstreamIn(conf) ?? []);
  const known = [...nodes.map((node) => node.name), ...followed.filter(isName)];
  return {
    nodes: [...new Set(known)].filter((node) => !there.includes(node)),
    networks: networksOf(name).filter((network) => networks.every((it) => it.name !== network)),
  };
}

/** An address is of nobody that could be made again. */
const isName = (host: string): boolean => !/[.:]/.test(host);
