/** Where clients reach the servers, from this host and from containers. */
import { type AddressBook, addressBook } from '../live/addresses.js';
import { type Dialled, dialAll } from '../live/dial.js';
import { readStatus } from '../live/status.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { endInTime, startRun } from './run.js';
import { withTopology } from './topology.js';

export interface AddressesInput extends Target {
  /** Dial each of them, from this host and from a container. */
  readonly check?: boolean | undefined;
  readonly showSecrets?: boolean | undefined;
}

/** Where clients reach every node, and whether they do. */
export interface AddressesResult extends AddressBook {
  /** Null unless they were to be dialled. */
  readonly dialled: readonly Dialled[] | null;
}

const TIMEOUT_MS = 60_000;

/** An address that leads nowhere is a problem in the result, no error. 60 s unless `timeoutMs` says otherwise. */
export function addresses(
  engine: Engine,
  { topology, check = false, showSecrets = false }: AddressesInput,
  options: OperationOptions = {},
): Promise<AddressesResult> {
  const what = `the addresses of ${topology} are not told`;
  return endInTime(startRun(options, TIMEOUT_MS), what, (run) =>
    withTopology(engine, topology, run, async (live) => {
      const book = addressBook(live, await readStatus(live), { showSecrets });
      return { ...book, dialled: check ? await dialAll(live, book) : null };
    }),
  );
}
