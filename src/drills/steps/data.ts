/** Checks of what the nodes are and hold. */

import { count, plural } from '../../format.js';
import { askNode } from '../../redis/ask.js';
import { compareDigests, datasetDigest } from '../../redis/digest.js';
import { keyCount } from '../../redis/info.js';
import type { Step } from '../drill.js';
import { untilInStep } from './in-step.js';

/** As long as a digest may block a server at a time. */
const SLICE_MS = 10;

/** By digest, after the node has all that the master had. Nothing may write meanwhile. */
export const sameData = (nodes: readonly string[], master = 'redis-1'): Step => ({
  kind: 'check',
  says: 'are the data the same?',
  run: async (stage) => {
    const options = { ...stage.within(60_000), sliceMs: SLICE_MS };
    const ours = await datasetDigest(stage.node(master).redis, options);
    for (const name of nodes) {
      await untilInStep(stage, master, name);
      const theirs = await datasetDigest(stage.node(name).redis, options);
      const differs = compareDigests(ours, theirs);
      const keys = plural(keyCount(theirs.databases), 'key');
      stage.check({
        id: 'data',
        node: name,
        verdict: differs === undefined ? 'pass' : 'fail',
        claim: `its data are those of ${master}, by digest`,
        expected: 'equal',
        seen: differs === undefined ? `equal, ${keys}` : `database ${differs.db} differs`,
      });
    }
  },
});

/** How many keys a node holds, as `expected` says; `words` say why. */
export const holds = (name: string, expected: number, words: string): Step => ({
  kind: 'check',
  says: `how many keys has ${name}?`,
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
