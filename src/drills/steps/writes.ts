/** Steps that write: a fixed amount, or a load that goes on while other steps run. */
import { randomBytes } from 'node:crypto';
import { bytes, count } from '../../format.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { Ledger, type WriteOutcome } from '../ledger.js';
import { Load } from '../load.js';
import { type Stage, slot } from '../stage.js';

/** Sent without waiting for each other's answers. */
const BATCH = 500;
const LOAD_MS = 20_000;

export interface Amount {
  readonly keys: number;
  /** Of each value. */
  readonly valueBytes?: number;
  /** Of the keys: those of two steps with the same prefix are the same keys. */
  readonly prefix?: string;
  readonly to?: string;
}

/** SETs that are all acknowledged, or the step fails. */
export function write({ keys, valueBytes = 64, prefix = 'k', to = 'redis-1' }: Amount): Step {
  const size = bytes(keys * valueBytes);
  return {
    kind: 'write',
    says: `write ${count(keys)} keys, ${size} of values, to ${to}`,
    run: async (stage) => {
      const { redis } = stage.node(to);
      for (let from = 0; from < keys; from += BATCH) {
        stage.signal.throwIfAborted();
        const batch = Array.from({ length: Math.min(BATCH, keys - from) }, (_, at) =>
          redis.call('SET', `${prefix}:${from + at}`, randomText(valueBytes)),
        );
        await Promise.all(batch);
      }
    },
  };
}

/** Not compressible, so that it weighs the same in an RDB. */
const randomText = (length: number): string =>
  randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64')
    .slice(0, length);

export interface LoadChoice {
  readonly writers?: number;
  readonly ratePerSecond?: number | null;
  readonly wait?: number;
  readonly to?: string;
}

interface Running {
  readonly load: Load;
  readonly ledger: Ledger;
}

export const LOAD = slot<Running>('load');
export const SEED = 1;

/** Writers that append unique elements, each write in the ledger, until `stopLoad` or the act's end. */
export function startLoad(choice: LoadChoice = {}): Step {
  const { writers = 2, ratePerSecond = 1000, wait = 0, to = 'redis-1' } = choice;
  return {
    kind: 'write',
    says: `load: ${writers} writers on ${to}`,
    run: async (stage) => {
      const ledger = new Ledger(writers);
      const load = new Load(to, {
        run: stage.run,
        seed: SEED,
        ratePerSecond,
        wait,
        ledger,
        clock: stage.timeline.clock,
        connect: stage.live.connect,
      });
      stage.keep(LOAD, { load, ledger });
      stage.atEnd(() => load.stop());
      load.start();
      await untilMore(stage, ledger, 1, 'acknowledged');
    },
  };
}

export const stopLoad: Step = {
  kind: 'write',
  says: 'stop the load',
  run: (stage) => stage.recall(LOAD).load.stop(),
};

/** Lets the load go on until so many more writes are answered so: a measure that noise can't shorten. */
export const untilWritten = (writes: number, outcome: WriteOutcome = 'acknowledged'): Step => ({
  kind: 'write',
  says: `until ${count(writes)} more writes are ${outcome}`,
  run: (stage) => untilMore(stage, stage.recall(LOAD).ledger, writes, outcome),
});

export async function untilMore(
  stage: Stage,
  ledger: Ledger,
  more: number,
  outcome: WriteOutcome,
): Promise<void> {
  const before = writesOf(ledger, outcome);
  const look = async () => (writesOf(ledger, outcome) - before >= more ? true : undefined);
  const describe = () => `${count(more)} ${outcome} writes`;
  await waitUntil(look, { ...stage.within(LOAD_MS), everyMs: 5, describe });
}

function writesOf(ledger: Ledger, outcome: WriteOutcome): number {
  let found = 0;
  for (const write of ledger.writes()) if (write.outcome === outcome) found += 1;
  return found;
}
