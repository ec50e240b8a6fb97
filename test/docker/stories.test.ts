/** Ways in which data were lost once, played again. */
import { afterAll, describe, expect, test } from 'vitest';
import { onMachine } from '../support/machine/machine.js';
import { STORIES } from '../support/machine/stories.js';
import { removeTopologies } from '../support/rrepl.js';

const STORY_MS = 300_000;

afterAll(removeTopologies);

describe.concurrent('stories', () => {
  test.for(STORIES)('$story', { timeout: STORY_MS }, ({ moves }) =>
    onMachine(async (machine) => {
      for (const move of moves) await machine.play(move);
      expect(machine.unconfirmed).toBe(0);
    }),
  );
});
