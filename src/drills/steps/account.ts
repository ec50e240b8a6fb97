/** What became of the writes of the load, when it has stopped. */
import { plural } from '../../format.js';
import { check } from '../checker.js';
import type { Step } from '../drill.js';
import { readBack } from '../read-back.js';
import { untilInStep } from './resync.js';
import { LOAD, SEED } from './writes.js';

/** On the master and on replicas that have all it has. A refusal is certain: such a write must be absent. */
export const noneLost = (replicas: readonly string[], master = 'redis-1'): Step => ({
  kind: 'check',
  says: 'is every acknowledged write there, and no refused one?',
  run: async (stage) => {
    const { ledger } = stage.recall(LOAD);
    for (const name of [master, ...replicas]) {
      if (name !== master) await untilInStep(stage, master, name);
      const presence = await readBack(stage.node(name).redis, stage.run, SEED, ledger);
      const { writes } = check(ledger, presence, { atMs: Number.POSITIVE_INFINITY, cut: null });
      const { acknowledged, refused, lost, resurrected, duplicates } = writes;
      const whole = lost + resurrected + duplicates === 0;
      stage.check({
        id: 'writes',
        node: name,
        verdict: acknowledged === 0 ? 'unknown' : whole ? 'pass' : 'fail',
        claim: 'it holds every acknowledged write of the load once, and no refused one',
        expected: '0 lost, 0 refused ones present, 0 duplicates',
        seen: `${lost} lost of ${plural(acknowledged, 'acknowledged write')}, ${resurrected} present of ${refused} refused, ${duplicates} duplicates`,
      });
    }
  },
});
