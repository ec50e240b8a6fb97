/**
 * A client that stays with a master that was replaced. Sentinel closes its connection as it demotes
 * the server; without that (a REPLICAOF by hand) it is refused on the old connection for ever.
 */
import { type Claim, check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Step } from '../drill.js';
import { demotion } from '../steps/demotion.js';
import { Failover } from '../steps/election.js';
import { isGone } from '../steps/failover.js';
import { caughtUp } from '../steps/in-step.js';
import { attach, pause, unpause } from '../steps/nodes.js';
import { StaleClient } from '../steps/stale-client.js';
import { isMaster } from '../steps/switchover.js';
import { write } from '../steps/writes.js';
import { CHOSEN_BY_PRIORITY } from './watched.js';

/** Sentinel promotes another while the master hangs; the client stays with it. */
function replaced(
  old: string,
  replicas: readonly string[],
  client: StaleClient,
  met: Claim,
): Step[] {
  const [chosen = ''] = replicas;
  const failover = new Failover(old);
  const failures = [{ how: 'hang', nodes: [old] }] as const;
  const promotes = failover.promotes({ failures, claimed: chosen });
  return [
    write(old, { keys: 100 }),
    caughtUp(replicas, old),
    client.connect,
    predict(promotes, met),
    failover.fails(pause(old)),
    isGone(old),
    check(promotes),
  ];
}

export const staleClient = defineDrill({
  name: 'stale-client',
  claim:
    'Sentinel closes the connections of clients as it demotes a master, so that they ask again where it is; a REPLICAOF alone leaves them where every write is refused.',
  topology: CHOSEN_BY_PRIORITY,
  acts: [
    {
      title: 'Sentinel demotes it: SLAVEOF with CLIENT KILL',
      steps: ({ master: old, replicas }) => {
        const [chosen] = replicas;
        const client = new StaleClient(old);
        const back = demotion(old, chosen, 'hang');
        const closed = client.meets('a closed connection', 'CLIENT KILL TYPE normal is part of it');
        return [
          ...replaced(old, replicas, client, closed),
          predict(back.claim),
          back.returns(unpause(old)),
          check(back.claim, closed),
        ];
      },
    },
    {
      title: 'REPLICAOF by hand: without CLIENT KILL',
      steps: ({ master: old, replicas }) => {
        const [chosen] = replicas;
        const client = new StaleClient(old);
        const refused = client.meets('READONLY', 'nothing closes the connection');
        return [
          ...replaced(old, replicas, client, refused),
          unpause(old),
          isMaster(old),
          attach(old, chosen),
          check(refused),
        ];
      },
    },
  ],
});
