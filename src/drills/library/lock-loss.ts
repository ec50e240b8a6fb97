/**
 * A lock in Redis is a write like any other: one that the promoted replica does not have is no
 * lock. WAIT helps if the client gives up on a low number and if what is promoted is among those
 * that confirmed. A fence is as good as its counter: one that is lost with the lock repeats.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import { Clients, told } from '../steps/clients.js';
import { isGone, isolate, takeOver } from '../steps/failover.js';
import { Fence } from '../steps/fence.js';
import { caughtUp } from '../steps/in-step.js';
import { Lock } from '../steps/lock.js';
import { kill, together } from '../steps/nodes.js';
import { waitElsewhere } from '../steps/wait-elsewhere.js';
import { write } from '../steps/writes.js';

const IN_VAIN_MS = 100;
/** A replica that can confirm does so at once, but the machine may be busy. */
const CONFIRMED_MS = 4000;

const unreplicated: Act = {
  title: 'the master dies before it has replicated: without WAIT, with WAIT 1, with tokens',
  topology: { replicas: 1 },
  steps: ({ master, replicas: [promoted] }) => {
    const clients = new Clients();
    const plain = new Lock('lock', clients);
    const confirmed = new Lock('lock:wait', clients);
    const fence = new Fence(clients);
    const failover = { promoted, replicas: [promoted] };
    const holders = plain.holders(failover, 'A and B hold it');
    const staleWrite = fence.staleWrite(promoted, { redis: 'accepted', own: 'refused' });
    const confirmedHolders = confirmed.holders({ ...failover, wait: 1 }, 'B holds it');
    return [
      write(master, { keys: 100, prefix: 'before' }),
      caughtUp([promoted], master),
      told(isolate(promoted)),
      plain.acquire('A', master),
      fence.draw('A', master),
      predict(holders, staleWrite),
      confirmed.acquire('A', master),
      predict(confirmedHolders),
      confirmed.confirmOrGiveUp('A', { node: master, replicas: 1, ms: IN_VAIN_MS }),
      waitElsewhere(clients, master),
      told(kill(master)),
      isGone(master),
      told(takeOver(promoted)),
      plain.acquire('B', promoted),
      fence.draw('B', promoted),
      confirmed.acquire('B', promoted),
      fence.write,
      check(holders, confirmedHolders, staleWrite),
    ];
  },
};

const confirmedInVain: Act = {
  title: 'WAIT 1 is confirmed by a replica that dies with the master; WAIT 2 for both replicas',
  topology: { replicas: 2 },
  steps: ({ master, replicas }) => {
    const [confirming, promoted] = replicas;
    const clients = new Clients();
    const byOne = new Lock('lock:wait', clients);
    const byAll = new Lock('lock:wait-all', clients);
    const holders = [
      byOne.holders({ promoted, replicas, wait: 1 }, 'A and B hold it'),
      byAll.holders({ promoted, replicas, wait: 2 }, 'B holds it'),
    ];
    return [
      write(master, { keys: 100, prefix: 'before' }),
      caughtUp(replicas, master),
      told(isolate(promoted)),
      byOne.acquire('A', master),
      byAll.acquire('A', master),
      caughtUp([confirming], master),
      predict(holders),
      byOne.confirmOrGiveUp('A', { node: master, replicas: 1, ms: CONFIRMED_MS }),
      byAll.confirmOrGiveUp('A', { node: master, replicas: 2, ms: IN_VAIN_MS }),
      told(together([kill(master), kill(confirming)])),
      isGone(master),
      told(takeOver(promoted)),
      byOne.acquire('B', promoted),
      byAll.acquire('B', promoted),
      check(holders),
    ];
  },
};

export const lockLoss = defineDrill({
  name: 'lock-loss',
  claim:
    'A lock that is not replicated when its master dies is taken again by the next client; WAIT makes that rarer, and only a token from outside this Redis stops the first holder.',
  acts: [unreplicated, confirmedInVain],
});
