/** Where clients reach a topology at this moment. */
import { FailedError } from '../errors.js';
import { mastersAmong, oneMasterAgain, severalMasters } from '../live/masters.js';
import type { StatusWish, TopologyStatus } from '../live/status.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { status } from './status.js';

export interface Addresses {
  readonly topology: string;
  /** Of the master: `redis://127.0.0.1:6381`. */
  readonly url: string;
  readonly replicaUrls: readonly string[];
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

/** @throws FailedError unless exactly one master answers */
export function addressesIn(
  { topology, url, nodes, security }: TopologyStatus,
  showSecrets = false,
): Addresses {
  const several = severalMasters(mastersAmong(nodes));
  if (several !== null) {
    throw new FailedError(`topology ${topology} has ${several}`, {
      hint: oneMasterAgain(topology),
    });
  }
  if (url === null) {
    throw new FailedError(`topology ${topology} has no master that answers`, {
      hint: `\`rrepl status --name ${topology}\` shows what its nodes say`,
    });
  }
  const replicaUrls = nodes.flatMap((node) =>
    node.role === 'replica' && node.url ? [node.url] : [],
  );
  return { topology, url, replicaUrls, masked: security.password && !showSecrets };
}
