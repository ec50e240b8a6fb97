import { expect, test } from 'vitest';
import type { DrillTopology } from '../../../src/drills/drill.js';
import type { TopologyFile } from '../../../src/topology/schema.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** A number of sentinels is read as their count. */
type Read<T extends { sentinels?: unknown }> = Omit<T, 'sentinels'> & {
  readonly sentinels?: Exclude<T['sentinels'], number>;
};

test('a drill says of its topology what rrepl.yaml may say (held by the compiler)', () => {
  const same: Same<Read<DrillTopology>, Read<Pick<TopologyFile, keyof DrillTopology>>> = true;
  expect(same).toBe(true);
});
