/** What clients of a secured topology need. */
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { withTopology } from './topology.js';

export interface ClientAccess {
  /** Null if everyone is let in. */
  readonly password: string | null;
  /** The ACL user to log in as; null for the default user. */
  readonly user: string | null;
  /** PEM: the certificate that vouches for the servers'; null without TLS. */
  readonly ca: string | null;
}

const TIMEOUT_MS = 60_000;

export function access(
  engine: Engine,
  { topology }: Target,
  options: OperationOptions = {},
): Promise<ClientAccess> {
  return withTopology(engine, topology, startRun(options, TIMEOUT_MS), async ({ access }) => ({
    password: access?.login?.password.reveal() ?? null,
    user: access?.login?.user ?? null,
    ca: access?.authority?.certificate ?? null,
  }));
}
