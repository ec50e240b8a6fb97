import { expect, test } from 'vitest';
import type { DrillTopology } from '../../../src/drills/drill.js';
import type { TopologyFile } from '../../../src/topology/schema.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

test('a drill says of its topology what rrepl.yaml may say (held by the compiler)', () => {
  const same: Same<DrillTopology, Pick<TopologyFile, keyof DrillTopology>> = true;
  expect(same).toBe(true);
});
