/** What a server still holds after a restart, said beforehand and counted afterwards. */

import { plural } from '../../format.js';
import { type Kept, keptAfter, type Stop } from '../../psync/memory.js';
import { askNode, type InfoReply } from '../../redis/ask.js';
import { keyCount } from '../../redis/info.js';
import { waitUntil } from '../../redis/wait.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import { readDisk } from './disk.js';

/** A link ends with its master's process; only a name that can't be looked up takes longer. */
const LINK_MS = 15_000;

/** What a node holds after its restart. It must run when that is said; nothing may write to it until it stops. */
export const keysAfterRestart = (name: string, how: Stop, claimed: number): Claim => ({
  node: name,
  about: `what ${name} holds after its restart`,
  claimed: plural(claimed, 'key'),
  foresee: async (stage) => {
    const node = stage.node(name);
    const kept = keptAfter(await readDisk(stage, node), how);
    const facts = await askNode(node.redis);
    return { is: plural(keysKept(kept, facts), 'key'), because: reason(kept, facts) };
  },
  look: async (stage) => {
    const { databases } = await askNode(stage.node(name).redis);
    return { is: plural(keyCount(databases), 'key') };
  },
});

/** Its master is down: the link is seen to be down, and reads are answered from what it had. */
export const servesOldData = (name: string, keys: number): Step => ({
  kind: 'check',
  id: 'old-data',
  says: `what does ${name} do without its master?`,
  nodes: [name],
  run: async (stage) => {
    const { redis } = stage.node(name);
    const expected = `link down, ${plural(keys, 'key')}`;
    let seen = 'nothing yet';
    const look = async () => {
      const { replication } = await askNode(redis);
      // A command that a replica refuses if it may not serve old data.
      const held = plural(Number(await redis.call('DBSIZE')), 'key');
      seen = `link ${replication.link?.up ? 'up' : 'down'}, ${held}`;
      return replication.link?.up ? undefined : seen;
    };
    const describe = () => `the link of ${name} to go down (seen: ${seen})`;
    const found = await waitUntil(look, { ...stage.within(LINK_MS), everyMs: 10, describe });
    stage.check({
      id: 'old-data',
      node: name,
      verdict: found === expected ? 'pass' : 'fail',
      claim: 'without its master it answers reads with its old data',
      expected,
      seen: found,
    });
  },
});

/** Each change since the last RDB was a new key: drills write each of theirs once. */
function keysKept(kept: Kept, facts: InfoReply): number {
  if (kept === 'nothing') return 0;
  const lost = kept === 'its last RDB' ? facts.persistence.rdbChangesSinceSave : 0;
  return keyCount(facts.databases) - lost;
}

function reason(kept: Kept, { persistence }: InfoReply): string {
  if (kept === 'all by AOF') return 'its AOF has every write';
  if (kept === 'all by RDB') return 'it saves an RDB when it stops';
  if (kept === 'nothing') return 'nothing of it is on its disk';
  return `its last RDB is ${plural(persistence.rdbChangesSinceSave, 'change')} old`;
}
