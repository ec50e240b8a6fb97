/** What became of the writes of a load, when it has stopped. */
import { count, duration, plural } from '../../format.js';
import { check, type WriteCounts } from '../checker.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Ledger } from '../ledger.js';
import { percentile } from '../percentile.js';
import { readBack } from '../read-back.js';
import { writeTimes } from '../write-times.js';
import { untilInStep } from './in-step.js';
import { type BackgroundLoad, SEED } from './writes.js';

/** Writes and what became of them: a load that has stopped, and was looked for by `noneLost`. */
export interface Written {
  /** @internal */
  readonly ledger: Ledger;
  /** @throws FailedError before they were looked for. */
  counts(): WriteCounts;
}

/** On the master and on replicas that have all it has. A refusal is certain: such a write must be absent. */
export const noneLost = (
  load: BackgroundLoad,
  replicas: readonly string[],
  master: string,
): Step => ({
  kind: 'check',
  id: 'writes',
  says: 'is every acknowledged write there, and no refused one?',
  nodes: [...replicas, master],
  run: async (stage) => {
    const { ledger } = load;
    for (const name of [...replicas, master]) {
      if (name !== master) await untilInStep(stage, master, name);
      const presence = await readBack(stage.node(name).redis, stage.run, SEED, ledger);
      const { writes } = check(ledger, presence, { atMs: Number.POSITIVE_INFINITY, cut: null });
      const { acknowledged, refused, lost, resurrected, duplicates } = writes;
      const whole = lost + resurrected + duplicates === 0;
      load.found(writes);
      stage.check({
        id: 'writes',
        node: name,
        verdict: acknowledged === 0 ? 'unknown' : whole ? 'pass' : 'fail',
        claim: 'it holds every acknowledged write of the load once, and no refused one',
        expected: '0 lost, 0 refused ones present, 0 duplicates',
        seen: `${count(lost)} lost of ${plural(acknowledged, 'acknowledged write')}, ${count(resurrected)} present of ${count(refused)} refused, ${count(duplicates)} duplicates`,
      });
    }
  },
});

/** Looks which of them the new master has, and judges nothing. */
export const countWrites = (load: BackgroundLoad, newMaster: () => string): Step => ({
  kind: 'show',
  says: 'which writes has the new master?',
  run: async (stage) => {
    const { redis } = stage.node(newMaster());
    const presence = await readBack(redis, stage.run, SEED, load.ledger);
    load.found(check(load.ledger, presence, { atMs: Number.POSITIVE_INFINITY, cut: null }).writes);
  },
});

/** A row of the table that compares settings. Latencies are those of acknowledged writes. */
export const writesRow = (setting: string, written: Written): Step => ({
  kind: 'show',
  says: 'what it came to',
  run: async (stage) => {
    const writes = written.counts();
    const { latenciesMs, downtimeMs } = writeTimes(written.ledger);
    const time = (ms: number | null) => (ms === null ? '-' : duration(ms));
    stage.rows.push({
      setting,
      acknowledged: count(writes.acknowledged),
      lost: count(writes.lost),
      refused: count(writes.refused),
      unknown: count(writes.unknown),
      p50: time(percentile(latenciesMs, 50)),
      p99: time(percentile(latenciesMs, 99)),
      downtime: time(downtimeMs),
    });
  },
});

export const anyText = (writes: number): 'some' | 'none' => (writes > 0 ? 'some' : 'none');

/** Whether there will be any such writes. */
export const anyOf = (
  kind: keyof WriteCounts,
  written: Written,
  { node, about, is, because }: Pick<Claim, 'node' | 'about'> & Record<'is' | 'because', string>,
): Claim => ({
  node,
  about,
  foresee: async () => ({ is: `${about} ${is}`, because }),
  look: async () => ({ is: `${about} ${anyText(written.counts()[kind])}` }),
});
