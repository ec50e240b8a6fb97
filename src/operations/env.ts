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
  { topology, nodes, security }: TopologyStatus,
  showSecrets = false,
): Addresses {
  const urls = (role: string) =>
    nodes.flatMap((node) => (node.role === role && node.url ? [node.url] : []));
  const several = severalMasters(mastersAmong(nodes));
  if (several !== null) {
    throw new FailedError(`topology ${topology} has ${several}`, {
      hint: oneMasterAgain(topology),
    });
  }
  const [url] = urls('master');
  if (url === undefined) {
    throw new FailedError(`topology ${topology} has no master that answers`, {
      hint: `\`rrepl status --name ${topology}\` shows what its nodes say`,
    });
  }
  return { topology, url, replicaUrls: urls('replica'), masked: security.password && !showSecrets };
}
