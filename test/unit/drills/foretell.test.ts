import { beforeEach, describe, expect, it } from 'vitest';
import type { Stage } from '../../../src/drills/stage.js';
import { foretell, fulfilled } from '../../../src/drills/steps/foretell.js';
import { stageOf } from './stage-of.js';

let stage: Stage;
beforeEach(() => {
  stage = stageOf({ nodes: [] });
});

const say = (about: string, claimed: string, outcome: string) =>
  foretell({
    about,
    node: 'redis-2',
    claimed,
    foresee: async () => ({ outcome, because: 'of offsets' }),
  }).run(stage);

const see = (about: string, outcome: string) =>
  fulfilled(about, async () => ({ outcome, because: 'of replies' })).run(stage);

const verdicts = () => stage.checks.map(({ id, verdict }) => `${id} ${verdict}`);

describe('a prediction', () => {
  it('holds if claim, settings and what came agree', async () => {
    await say('the lock', 'two', 'two');
    await see('the lock', 'two');
    expect(verdicts()).toEqual(['rule pass', 'oracle pass']);
    expect(stage.foreseen).toEqual([
      { node: 'redis-2', predicted: 'two: of offsets', seen: 'two: of replies' },
    ]);
  });

  it('fails if the drill claims what the settings do not make so', async () => {
    await say('the lock', 'two', 'one');
    await see('the lock', 'one');
    expect(verdicts()).toEqual(['rule fail', 'oracle pass']);
  });

  it('fails if something else came', async () => {
    await say('the lock', 'two', 'two');
    await see('the lock', 'one');
    expect(verdicts()).toEqual(['rule pass', 'oracle fail']);
  });

  it('is told from others by what it is about', async () => {
    await say('the lock', 'two', 'two');
    await say('the token', 'same', 'same');
    await see('the token', 'same');
    expect(stage.foreseen.map(({ seen }) => seen)).toEqual([null, 'same: of replies']);
    await see('the lock', 'two');
    expect(stage.foreseen.map(({ seen }) => seen)).toEqual(['two: of replies', 'same: of replies']);
  });

  it('must have been made', async () => {
    await expect(see('the lock', 'two')).rejects.toThrow('a prediction: the lock');
  });
});
