/**
 * How old a replica's answer can be. A read is stale if it lacks a write that was acknowledged
 * when it was sent; its age is for how long the first such write had been acknowledged. It goes
 * backwards if it is older than an earlier read of the same client.
 */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act } from '../drill.js';
import type { Client } from '../reader.js';
import { cut, join } from '../steps/nodes.js';
import { Readers } from '../steps/reads.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { willBe } from '../steps/will-be.js';
import { BackgroundLoad } from '../steps/writes.js';

const topology = { replicas: 2 };

const underLoad: Act = {
  title: 'under load',
  topology,
  steps: ({ master, replicas: from }) => {
    const load = new BackgroundLoad(master, { writers: 4, ratePerSecond: null });
    const readers = new Readers(master);
    const alternating: Client = {
      name: 'under load: reads what another writes',
      rounds: 300,
      from,
      writer: 'another',
    };
    const ownWrites: Client = {
      name: 'under load: reads its own write',
      rounds: 100,
      from,
      writer: 'itself',
    };
    const waiting = { ...ownWrites, name: 'under load: reads its own write after WAIT 2', wait: 2 };
    const fresh = readers.freshAfterWait(waiting);
    return [
      // All that the master can take: here it is what brings the replicas behind.
      { ...load.start, kind: 'fault' },
      readers.read(alternating),
      readers.read(ownWrites),
      predict(fresh),
      readers.read(waiting),
      load.isUnderWay,
      load.stop,
      check(fresh),
    ];
  },
};

/** Clients that write themselves and wait for replicas, one of which is cut off. */
function clientsAround(near: string, far: string) {
  const own = { from: [near, far], writer: 'itself' } as const;
  /** WAIT 1 makes sure that the replica which is not cut off has the write. */
  const fromBoth: Client = {
    ...own,
    name: `${far} cut off: reads its own write after WAIT 1`,
    rounds: 100,
    wait: 1,
  };
  const inVain: Client = {
    ...own,
    name: `${far} cut off: reads its own write after WAIT 2`,
    rounds: 5,
    wait: 2,
    waitMs: 50,
  };
  const again: Client = {
    ...own,
    name: `${far} joined again: reads its own write after WAIT 2`,
    rounds: 100,
    wait: 2,
    waitMs: 5000,
  };
  return { fromBoth, inVain, again };
}

const cutOff: Act = {
  title: 'with one replica cut off',
  topology,
  steps: ({ master, replicas: [near, far] }) => {
    const readers = new Readers(master);
    const { fromBoth, inVain, again } = clientsAround(near, far);
    const whileCutOff = [
      readers.lacking(fromBoth, near, '0 of 100', 'it is the only replica that can have confirmed'),
      readers.lacking(
        fromBoth,
        far,
        '100 of 100',
        'it is cut off and answers all the same; WAIT 1 does not say which replica has it',
      ),
      willBe({
        node: far,
        about: `reads that go backwards, alternating with ${near}:`,
        is: '100 of 200',
        because: `every answer of ${near} is newer than any of ${far}`,
        look: async () => readers.backward(fromBoth),
      }),
      willBe({
        node: far,
        about: 'own writes that WAIT 2 confirms:',
        is: '0 of 5',
        because: 'it answers 1, and a client that minds it reads from the master',
        look: async () => readers.confirmed(inVain),
      }),
    ];
    const back = resyncs(master, reconnects(far, 'partial'));
    const fresh = readers.freshAfterWait(again);
    return [
      predict(whileCutOff),
      cut(far),
      readers.read(fromBoth),
      readers.read(inVain),
      check(whileCutOff),
      predict(back),
      join(far),
      check(back),
      predict(fresh),
      readers.read(again),
      check(fresh),
    ];
  },
};

export const staleRead = defineDrill({
  name: 'stale-read',
  claim:
    'A replica may answer with old data, and two of them with older data after newer; after WAIT for all of them a client reads what it wrote.',
  acts: [underLoad, cutOff],
});
