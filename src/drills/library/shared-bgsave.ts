/** Replicas that arrive together are fed from one copy: what a mass restart costs the master. */
import type { Act, Drill, Step } from '../drill.js';
import { confirm } from '../steps/confirm.js';
import { sameData } from '../steps/data.js';
import { attach, configure, pause, promote, together, unpause } from '../steps/nodes.js';
import { predictNewcomers } from '../steps/predict-resync.js';
import { confirmSaves, predictSaves, untilConnected } from '../steps/saves.js';
import { write } from '../steps/writes.js';

const MASTER = 'redis-1';
const REPLICAS = ['redis-2', 'redis-3', 'redis-4'];

/**
 * They are masters of their own first, and then attach to a master that is paused: all have
 * connected when it wakes, so that they ask within milliseconds, whatever the machine is
 * busy with. Before 7.0 each would turn to it at a moment of its own, up to a second later.
 */
const arrive = (title: string, prepare: readonly Step[], why: string): Act => ({
  title,
  setting: { replicas: REPLICAS.length },
  steps: [
    write({ keys: 1000 }),
    ...prepare,
    together(REPLICAS.map(promote)),
    predictNewcomers(REPLICAS),
    predictSaves(REPLICAS.length, 1, why),
    pause(MASTER),
    together(REPLICAS.map((name) => attach(name, MASTER))),
    untilConnected(REPLICAS),
    unpause(MASTER),
    confirm(),
    confirmSaves,
    sameData(REPLICAS),
  ],
});

export const sharedBgsave: Drill = {
  name: 'shared-bgsave',
  claim: 'Replicas that arrive together get a full resync each, and cost the master one BGSAVE.',
  acts: [
    arrive(
      'three replicas, a copy on disk that takes a second',
      // 1 ms a key, so that it is still being written when the last of them asks.
      [configure(MASTER, 'rdb-key-save-delay', '1000')],
      'the second and third join the one that is written for the first',
    ),
    arrive(
      'three replicas, diskless, with a delay of a second',
      [
        configure(MASTER, 'repl-diskless-sync', 'yes'),
        configure(MASTER, 'repl-diskless-sync-delay', '1'),
      ],
      'it begins a second after the first has asked, when all of them wait',
    ),
  ],
};
