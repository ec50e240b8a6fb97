/** Replicas that arrive together are fed from one copy: what a mass restart costs the master. */
import { check, predict } from '../claim.js';
import { defineDrill } from '../define-drill.js';
import type { Act, Step } from '../drill.js';
import { sameData } from '../steps/data.js';
import { attach, configure, pause, promote, together, unpause } from '../steps/nodes.js';
import { reconnects, resyncs } from '../steps/resyncs.js';
import { copiesMade, untilConnected } from '../steps/saves.js';
import { write } from '../steps/writes.js';

/**
 * They are masters of their own first, and then attach to a master that is paused: all have
 * connected when it wakes, so that they ask within milliseconds, whatever the machine is
 * busy with. Before 7.0 each would turn to it at a moment of its own, up to a second later.
 */
const arrive = (title: string, prepare: (master: string) => Step[], why: string): Act => ({
  title,
  topology: { replicas: 3 },
  steps: ({ master, replicas }) => {
    const newcomers = resyncs(master, ...replicas.map((name) => reconnects(name, 'full')));
    const copies = copiesMade(master, replicas.length, why);
    return [
      write(master, { keys: 1000 }),
      ...prepare(master),
      together(replicas.map(promote)),
      predict(newcomers, copies),
      pause(master),
      together(replicas.map((name) => attach(name, master))),
      untilConnected(replicas),
      unpause(master),
      check(newcomers, copies),
      sameData(replicas, master),
    ];
  },
});

export const sharedBgsave = defineDrill({
  name: 'shared-bgsave',
  claim: 'Replicas that arrive together get a full resync each, and cost the master one BGSAVE.',
  acts: [
    arrive(
      'three replicas, a copy on disk that takes a second',
      // 1 ms a key, so that it is still being written when the last of them asks.
      (master) => [configure(master, 'rdb-key-save-delay', '1000')],
      'the second and third join the one that is written for the first',
    ),
    arrive(
      'three replicas, diskless, with a delay of a second',
      (master) => [
        configure(master, 'repl-diskless-sync', 'yes'),
        configure(master, 'repl-diskless-sync-delay', '1'),
      ],
      'it begins a second after the first has asked, when all of them wait',
    ),
  ],
});
