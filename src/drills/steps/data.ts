/** Checks of what the nodes are and hold. */

import { UsageError } from '../../errors.js';
import { count, plural } from '../../format.js';
import { askNode } from '../../redis/ask.js';
import { compareData } from '../../redis/compare-data.js';
import { keyCount } from '../../redis/info.js';
import type { Step } from '../drill.js';
import { untilInStep } from './in-step.js';

/** As long as a digest may block a server at a time. */
const SLICE_MS = 3;
const NAMED_KEYS = 5;

/** By digest, after the node has all that the master had. */
export const sameData = (nodes: readonly string[], master: string): Step => ({
  kind: 'check',
  id: 'data',
  says: 'are the data the same?',
  nodes: [...someOf(nodes), master],
  run: async (stage) => {
    const options = { ...stage.within(60_000), sliceMs: SLICE_MS, limit: NAMED_KEYS };
    for (const name of nodes) {
      await untilInStep(stage, master, name);
      const other = stage.node(name).redis;
      const { keys, comparisons } = await compareData(stage.node(master).redis, [other], options);
      const [comparison] = comparisons;
      if (comparison?.status !== 'fulfilled') throw comparison?.reason;
      const { different, undecided } = comparison.value;
      const named = [...different, ...undecided].map((it) => it.name).slice(0, NAMED_KEYS);
      stage.check({
        id: 'data',
        node: name,
        verdict: different.length > 0 ? 'fail' : undecided.length > 0 ? 'unknown' : 'pass',
        claim: `its data are those of ${master}, by digest`,
        expected: 'equal',
        seen:
          named.length === 0 ? `equal, ${plural(keys, 'key')}` : `not equal: ${named.join(', ')}`,
      });
    }
  },
});

function someOf(nodes: readonly string[]): readonly string[] {
  if (nodes.length === 0) throw new UsageError('sameData compares no node with the master');
  return nodes;
}

/** How many keys a node holds, as `expected` says; `words` say why. */
export const holds = (name: string, expected: number, words: string): Step => ({
  kind: 'check',
  id: 'keys',
  says: `how many keys has ${name}?`,
  nodes: [name],
  run: async (stage) => {
    const keys = keyCount((await askNode(stage.node(name).redis)).databases);
    stage.check({
      id: 'keys',
      node: name,
      verdict: keys === expected ? 'pass' : 'fail',
      claim: words,
      expected: plural(expected, 'key'),
      seen: count(keys),
    });
  },
});
