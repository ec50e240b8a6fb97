/** What became of the writes of a load, when it has stopped. */
import { count, duration, plural } from '../../format.js';
import { check, type WriteCounts } from '../checker.js';
import type { Step } from '../drill.js';
import type { Ledger } from '../ledger.js';
import { percentile } from '../percentile.js';
import { readBack } from '../read-back.js';
import { slot } from '../stage.js';
import { writeTimes } from '../write-times.js';
import { untilInStep } from './in-step.js';
import type { Outcome } from './outcomes.js';
import { LOAD, SEED } from './writes.js';

export interface Account {
  readonly ledger: Ledger;
  readonly writes: WriteCounts;
}

export const ACCOUNT = slot<Account>('an account of the writes');

/** On the master and on replicas that have all it has. A refusal is certain: such a write must be absent. */
export const noneLost = (replicas: readonly string[], master = 'redis-1'): Step => ({
  kind: 'check',
  says: 'is every acknowledged write there, and no refused one?',
  run: async (stage) => {
    const { ledger } = stage.recall(LOAD);
    for (const name of [...replicas, master]) {
      if (name !== master) await untilInStep(stage, master, name);
      const presence = await readBack(stage.node(name).redis, stage.run, SEED, ledger);
      const { writes } = check(ledger, presence, { atMs: Number.POSITIVE_INFINITY, cut: null });
      const { acknowledged, refused, lost, resurrected, duplicates } = writes;
      const whole = lost + resurrected + duplicates === 0;
      stage.keep(ACCOUNT, { ledger, writes });
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

/** A row of the table that compares settings. Latencies are those of acknowledged writes. */
export const accountRow = (setting: string): Step => ({
  kind: 'show',
  says: 'what it came to',
  run: async (stage) => {
    const { ledger, writes } = stage.recall(ACCOUNT);
    const { latenciesMs, downtimeMs } = writeTimes(ledger);
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

/** Whether there were any such writes: `some` or `none`. */
export const anyOf =
  (kind: keyof WriteCounts): Outcome['look'] =>
  async (stage) =>
    stage.recall(ACCOUNT).writes[kind] > 0 ? 'some' : 'none';
