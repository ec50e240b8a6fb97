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

const IN_VAIN_MS = 100;
/** A replica that can confirm does so at once, but the machine may be busy. */
const CONFIRMED_MS = 4000;

const ONLY = { heir: 'redis-2', replicas: ['redis-2'] };

const unreplicated: Act = {
  title: 'the master dies before it has replicated: without WAIT, with WAIT 1, with tokens',
  setting: { replicas: 1 },
  steps: [
    write({ keys: 100, prefix: 'before' }),
    caughtUp(['redis-2']),
    told(isolate('redis-2')),
    acquire('A', PLAIN, MASTER),
    drawTokens('A', MASTER),
    foretellHolders(PLAIN, ONLY, 'A and B hold it'),
    foretellFence('redis-2', { redis: 'accepted', own: 'refused' }),
    acquire('A', CONFIRMED, MASTER),
    foretellHolders(CONFIRMED, { ...ONLY, wait: 1 }, 'B holds it'),
    confirmOrGiveUp('A', CONFIRMED, { node: MASTER, replicas: 1, ms: IN_VAIN_MS }),
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

const LAST_LEFT = { heir: 'redis-3', replicas: ['redis-2', 'redis-3'] };

const confirmedInVain: Act = {
  title: 'WAIT 1 is confirmed by a replica that dies with the master; WAIT 2 for both replicas',
  setting: { replicas: 2 },
  steps: [
    write({ keys: 100, prefix: 'before' }),
    caughtUp(['redis-2', 'redis-3']),
    told(isolate('redis-3')),
    acquire('A', CONFIRMED, MASTER),
    acquire('A', BY_ALL, MASTER),
    caughtUp(['redis-2']),
    foretellHolders(CONFIRMED, { ...LAST_LEFT, wait: 1 }, 'A and B hold it'),
    foretellHolders(BY_ALL, { ...LAST_LEFT, wait: 2 }, 'B holds it'),
    confirmOrGiveUp('A', CONFIRMED, { node: MASTER, replicas: 1, ms: CONFIRMED_MS }),
    confirmOrGiveUp('A', BY_ALL, { node: MASTER, replicas: 2, ms: IN_VAIN_MS }),
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
