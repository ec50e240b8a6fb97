/** What WAIT doesn't say. */
import { atLeast } from '../../psync/version.js';
import type { Step } from '../drill.js';
import type { Clients } from './clients.js';

const WAIT_MS = 100;

/**
 * WAIT on a connection that wrote nothing has nothing to wait for, and counts every replica
 * that is attached. From 7.2 on a command that writes nothing doesn't mend that (seen in
 * Redis 8.0 and Valkey 8.1, not in 6.0 and 7.0). The AUTH of a login is such a command.
 */
export const waitElsewhere = (clients: Clients, node: string): Step => ({
  kind: 'check',
  id: 'wait',
  nodes: [node],
  says: 'what does WAIT say on a connection that wrote nothing?',
  run: async (stage) => {
    const { product, version } = stage.server;
    const other = { client: 'other', node };
    const fresh = await clients.say(stage, other, 'WAIT', 1, WAIT_MS);
    await clients.say(stage, other, 'PING');
    const afterPing = await clients.say(stage, other, 'WAIT', 1, WAIT_MS);
    const afterAny = atLeast(stage.server, 7, 2) ? 1 : 0;
    const first = stage.live.access?.login ? afterAny : 1;
    const expected = `${first}, after a PING ${afterAny}`;
    const seen = `${fresh}, after a PING ${afterPing}`;
    stage.check({
      id: 'wait',
      node,
      verdict: seen === expected ? 'pass' : 'fail',
      claim: `WAIT 1 on a connection that wrote nothing answers by the rule of ${product} ${version}`,
      expected,
      seen,
    });
  },
});
