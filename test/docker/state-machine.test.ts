/**
 * Random walks of the state machine, each with a seed. RREPL_SOAK_MINUTES walks on with seeds that were never tried
 * (`npm run soak`), RREPL_TEST_SEED walks one of them, RREPL_TEST_MOVES plays the moves that a failure has printed.
 */
import { afterAll, describe, test } from 'vitest';
import { amount } from '../support/amount.js';
import { onMachine, RefusedMove } from '../support/machine/machine.js';
import { movesIn } from '../support/machine/move.js';
import { firstMove, nextMove } from '../support/machine/walk.js';
import { randomsFrom } from '../support/random.js';
import { removeTopologies } from '../support/rrepl.js';

const { RREPL_TEST_MOVES: MOVES, RREPL_TEST_SEED: SEED } = process.env;
const MINUTES = Number(process.env.RREPL_SOAK_MINUTES ?? 0);

/** Each walks on a topology of its own. */
const LANES = 3;
const SEEDS = SEED ? [Number(SEED)] : Array.from({ length: LANES }, (_, lane) => lane + 1);
const ROUNDS = amount(2, 8);
const FAULTS = 3;
const WALK_MS = 600_000;

afterAll(removeTopologies);

const walk = (seed: number): Promise<void> =>
  onMachine(async (machine) => {
    const random = randomsFrom(seed);
    const { move: first, dir } = firstMove(random);
    await machine.play(first);
    for (let round = 0; round < ROUNDS; round += 1) {
      await machine.play('write');
      const faults = 1 + Math.floor(random() * FAULTS);
      for (let fault = 0; fault < faults; fault += 1) {
        const { look, resting } = machine;
        await machine.play(nextMove(random, { dir, look, resting })).catch(passRefused);
      }
      await machine.settle();
    }
  }, seed);

const passRefused = (error: unknown): void => {
  if (!(error instanceof RefusedMove)) throw error;
};

const replay = (moves: string): Promise<void> =>
  onMachine(async (machine) => {
    for (const move of movesIn(moves)) await machine.play(move);
  });

if (MOVES !== undefined) {
  test('the moves', { timeout: WALK_MS }, () => replay(MOVES));
} else {
  describe.concurrent('walks', () => {
    test.for(SEEDS)('seed %i', { timeout: MINUTES * 60_000 + WALK_MS }, async (seed) => {
      await walk(seed);
      const begun = performance.now();
      const newSeed = () => Math.floor(Math.random() * 1_000_000);
      while (performance.now() - begun < MINUTES * 60_000) await walk(newSeed());
    });
  });
}
