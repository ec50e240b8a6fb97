/** The plan of `rrepl switchover`: the role of a living master moves, without the loss of a write. Pure. */

import { hostsIn } from '../docker/topologies.js';
import type { Observed } from '../observe/observed.js';
import { Draft, planSync, portsOf } from './draft.js';
import { isAttachedIn, planHandover, planLinks } from './failover.js';
import { nextMaster } from './next-master.js';
import type { Plan } from './plan.js';

export interface SwitchoverWish {
  readonly master: string;
  /** Null for the replica that is furthest. */
  readonly node: string | null;
  /** Milliseconds that the next master has to catch up. */
  readonly withinMs: number;
}

/**
 * @throws UsageError if the wanted one is no replica that answers
 * @throws FailedError if nobody is wanted, and nobody may be chosen
 */
export function switchover(observed: Observed, { master, node, withinMs }: SwitchoverWish): Plan {
  const { name, nodes } = observed;
  const old = nodes.find((it) => it.name === master);
  const next = nextMaster(observed, node, old);
  const ports = portsOf(observed);
  const server = (of: string) => ({ node: of, port: ports.get(of) ?? 0 });
  const others = nodes.filter((it) => it.upstream === master && it.name !== next.node);
  const above = nodes.find((it) => it.name === next.node)?.upstream;
  const upstream = nodes.some((it) => it.name === above) ? (above ?? master) : master;
  const draft = new Draft(hostsIn(observed));
  // One that is cut off may have every write, but nobody could follow it.
  planSync(draft, name, { name: next.node, upstream }, ports, { withinMs });
  planHandover(draft, {
    topology: name,
    master: server(master),
    next: server(next.node),
    others: others.map((it) => server(it.name)),
    cause: node === null ? `${next.node} is the furthest replica` : 'it was asked to',
    withinMs,
  });
  draft.goOnIndependently();
  const followers = [master, ...others.map((it) => it.name)].map((it) => ({
    name: it,
    upstream: next.node,
  }));
  const links = { topology: name, ports, isAttached: isAttachedIn(observed) };
  return {
    topology: name,
    steps: draft.steps,
    first: [],
    notes: [...next.notes, ...planLinks(draft, followers, links)],
  };
}
