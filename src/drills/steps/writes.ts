/** Steps that write: a fixed amount, or a load that goes on while other steps run. */
import { randomBytes } from 'node:crypto';
import { FailedError, UsageError } from '../../errors.js';
import { bytes, count, plural } from '../../format.js';
import { waitUntil } from '../../redis/wait.js';
import { valueText } from '../../topology/schema.js';
import type { WriteCounts } from '../checker.js';
import type { Step } from '../drill.js';
import { Ledger, type WriteOutcome } from '../ledger.js';
import { Load } from '../load.js';
import type { Stage } from '../stage.js';

/** Sent without waiting for each other's answers. */
const BATCH = 500;
const LOAD_MS = 20_000;

export interface Amount {
  readonly keys: number;
  /** Of each value. */
  readonly valueBytes?: number;
  /** Of the keys: those of two steps with the same prefix are the same keys. */
  readonly prefix?: string;
}

/** SETs that are all acknowledged, or the step fails. */
export function write(to: string, amount: Amount): Step {
  const { keys, valueBytes = 64, prefix = 'k', ...unknown } = amount;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw new UsageError(`write takes no ${stray}`);
  for (const [name, value] of Object.entries({ keys, valueBytes })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new UsageError(`write: ${name} must be a whole number above 0, not ${valueText(value)}`);
  }
  const size = bytes(keys * valueBytes);
  return {
    kind: 'write',
    says: `write ${count(keys)} keys, ${size} of values, to ${to}`,
    nodes: [to],
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
}

export const SEED = 1;

/** Writers that append unique elements, each write in the ledger, until `stop` or the act's end. */
export class BackgroundLoad {
  /** @internal */
  readonly ledger: Ledger;
  readonly #choice: LoadChoice;
  readonly #to: string;
  #load: Load | null = null;
  #counts: WriteCounts | null = null;

  constructor(to: string, choice: LoadChoice = {}) {
    this.#to = to;
    this.#choice = choice;
    this.ledger = new Ledger(choice.writers ?? 2);
  }

  get start(): Step {
    return {
      kind: 'write',
      says: `load: ${this.ledger.writers} writers on ${this.#to}`,
      nodes: [this.#to],
      run: async (stage) => {
        const { ratePerSecond = 1000, wait = 0 } = this.#choice;
        const { ledger } = this;
        const { timeline, run, live } = stage;
        const load = new Load(this.#to, {
          ...{ run, seed: SEED, ratePerSecond, wait, ledger },
          clock: timeline.clock,
          connect: live.connect,
        });
        this.#load = load;
        stage.atEnd(() => load.stop());
        load.start();
        await untilMore(stage, ledger, 1, 'acknowledged');
      },
    };
  }

  get stop(): Step {
    return { kind: 'write', says: 'stop the load', run: () => this.#running().stop() };
  }

  /** Lets it go on until so many more writes are answered so: a measure that noise can't shorten. */
  untilWritten(writes: number, outcome: WriteOutcome = 'acknowledged'): Step {
    return {
      kind: 'write',
      says: `until ${count(writes)} more writes are ${outcome}`,
      run: (stage) => untilMore(stage, this.ledger, writes, outcome),
    };
  }

  /** Whether it wrote while the steps before this one did their work. */
  get isUnderWay(): Step {
    return {
      kind: 'check',
      id: 'load',
      says: 'was there a load?',
      nodes: [this.#to],
      run: async (stage) => {
        const writes = this.ledger.size;
        stage.check({
          id: 'load',
          node: this.#to,
          verdict: writes > this.ledger.writers ? 'pass' : 'fail',
          claim: 'others write to it all the while',
          expected: 'many writes',
          seen: plural(writes, 'write'),
        });
      },
    };
  }

  /** From now on it writes to this node. @throws FailedError before it has begun. */
  pointTo(node: string): void {
    this.#running().pointTo(node);
  }

  /**
   * The same, and it waits for no more answers of the node it wrote to.
   * @throws FailedError before it has begun.
   */
  leaveFor(node: string): void {
    this.#running().leaveFor(node);
  }

  /** @internal */
  found(counts: WriteCounts): void {
    this.#counts = counts;
  }

  /** What became of its writes. @throws FailedError before `noneLost` has looked for them. */
  counts(): WriteCounts {
    if (this.#counts === null)
      throw new FailedError('nobody has looked for the writes of the load');
    return this.#counts;
  }

  #running(): Load {
    if (this.#load === null) throw new FailedError('the load has not begun');
    return this.#load;
  }
}

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
