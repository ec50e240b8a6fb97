/**
 * A lock in Redis is a write like any other: one that the promoted replica does not have is no
 * lock. WAIT helps if the client gives up on a low number and if what is promoted is among those
 * that confirmed. A fence is as good as its counter: one that is lost with the lock repeats.
 */
import type { Act, Drill } from '../drill.js';
import { told } from '../steps/clients.js';
import { caughtUp, isGone, isolate, takeOver } from '../steps/failover.js';
import { drawTokens, fenceHeld, foretellFence, writeFenced } from '../steps/fence.js';
import { acquire, confirmOrGiveUp, foretellHolders, holders } from '../steps/lock.js';
import { kill, together } from '../steps/nodes.js';
import { waitElsewhere } from '../steps/wait-elsewhere.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const PLAIN = 'lock';
const CONFIRMED = 'lock:wait';
const BY_ALL = 'lock:wait-all';

const unreplicated: Act = {
  title: 'the master dies before it has replicated: without WAIT, with WAIT 1, with tokens',
  setting: { replicas: 1 },
  steps: [
    write({ keys: 100, prefix: 'before' }),
    caughtUp(['redis-2']),
    told(isolate('redis-2')),
    acquire('A', PLAIN, MASTER),
    drawTokens('A', MASTER),
    foretellHolders(PLAIN, { heir: 'redis-2', replicas: ['redis-2'] }, 'A and B hold it'),
    foretellFence('redis-2'),
    acquire('A', CONFIRMED, MASTER),
    foretellHolders(CONFIRMED, { heir: 'redis-2', replicas: ['redis-2'], wait: 1 }, 'B holds it'),
    confirmOrGiveUp('A', CONFIRMED, { node: MASTER, replicas: 1 }),
    waitElsewhere(MASTER),
    told(kill(MASTER)),
    isGone(MASTER),
    told(takeOver('redis-2')),
    acquire('B', PLAIN, 'redis-2'),
    drawTokens('B', 'redis-2'),
    acquire('B', CONFIRMED, 'redis-2'),
    writeFenced,
    holders(PLAIN),
    holders(CONFIRMED),
    fenceHeld,
  ],
};

const confirmedInVain: Act = {
  title: 'WAIT 1 is confirmed by a replica that dies with the master; WAIT 2 for both replicas',
  setting: { replicas: 2 },
  steps: [
    write({ keys: 100, prefix: 'before' }),
    caughtUp(['redis-2', 'redis-3']),
    told(isolate('redis-3')),
    acquire('A', CONFIRMED, MASTER),
    caughtUp(['redis-2']),
    foretellHolders(
      CONFIRMED,
      { heir: 'redis-3', replicas: ['redis-2', 'redis-3'], wait: 1 },
      'A and B hold it',
    ),
    confirmOrGiveUp('A', CONFIRMED, { node: MASTER, replicas: 1 }),
    acquire('A', BY_ALL, MASTER),
    foretellHolders(
      BY_ALL,
      { heir: 'redis-3', replicas: ['redis-2', 'redis-3'], wait: 2 },
      'B holds it',
    ),
    confirmOrGiveUp('A', BY_ALL, { node: MASTER, replicas: 2 }),
    told(together([kill(MASTER), kill('redis-2')])),
    isGone(MASTER),
    told(takeOver('redis-3')),
    acquire('B', CONFIRMED, 'redis-3'),
    acquire('B', BY_ALL, 'redis-3'),
    holders(CONFIRMED),
    holders(BY_ALL),
  ],
};

export const lockLoss: Drill = {
  name: 'lock-loss',
  claim:
    'A lock that is not replicated when its master dies is taken again by the next client; WAIT makes that rarer, and only a token from outside this Redis stops the first holder.',
  acts: [unreplicated, confirmedInVain],
};
