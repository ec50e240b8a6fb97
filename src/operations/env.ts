/** Where clients reach a topology at this moment. */
import { findMaster } from '../live/find-node.js';
import type { StatusWish, TopologyStatus } from '../live/status.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { status } from './status.js';

export interface Addresses {
  readonly topology: string;
  /** Of the master: `redis://127.0.0.1:6381`. */
  readonly url: string;
  readonly replicaUrls: readonly string[];
  /** What sentinels call the master, and where they are reached: `127.0.0.1:26379`. Absent without them. */
  readonly masterName?: string;
  readonly sentinels?: readonly string[];
  /** Whether the URLs hold `***` in the place of a password. */
  readonly masked: boolean;
}

/** Rejects with `FailedError` unless exactly one master answers. */
export async function env(
  engine: Engine,
  input: Target & StatusWish,
  options: OperationOptions = {},
): Promise<Addresses> {
  return addressesIn(await status(engine, input, options), input.showSecrets);
}

function addressesIn(status: TopologyStatus, showSecrets = false): Addresses {
  const { topology, nodes, security } = status;
  const { url } = findMaster(status);
  if (url === null) throw new Error('a server that answers has an address');
  const replicaUrls = nodes.flatMap((node) =>
    node.role === 'replica' && node.url ? [node.url] : [],
  );
  const sentinels = status.sentinels?.flatMap(({ address }) => address ?? []);
  const watched = sentinels && { masterName: topology, sentinels };
  return { topology, url, replicaUrls, ...watched, masked: security.password && !showSecrets };
}
