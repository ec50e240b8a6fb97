/** An oracle that says the opposite of the rules is found out by the logs and by the counters. */
import { expect, test, vi } from 'vitest';
import { partitionShort } from '../../src/drills/library/partition-short.js';
import { restartReplica } from '../../src/drills/library/restart-replica.js';
import type { Prediction } from '../../src/psync/predict.js';
import { failedIds, playHere } from '../support/play.js';

const opposite = ({ kind }: Prediction): Prediction =>
  kind === 'full'
    ? {
        kind: 'partial',
        rule: 'in-backlog',
        bytes: 1,
        reason: 'planted',
        text: 'partial: planted',
        counters: { full: 0, partialOk: 1, partialErr: 0 },
      }
    : {
        kind: 'full',
        rule: 'unknown-id',
        bytes: null,
        reason: 'planted',
        text: 'full: planted',
        counters: { full: 1, partialOk: 0, partialErr: 1 },
      };

vi.mock('../../src/psync/predict.js', async (original) => {
  const real = await original<typeof import('../../src/psync/predict.js')>();
  return {
    ...real,
    predictResync: (...about: Parameters<typeof real.predictResync>) =>
      opposite(real.predictResync(...about)),
  };
});

const [underLoad] = restartReplica.acts;

test.each([partitionShort, { ...restartReplica, acts: underLoad ? [underLoad] : [] }])(
  'a wrong prediction for $name',
  async (drill) => {
    const report = await playHere(drill);
    expect(report.verdict).toBe('fail');
    expect(failedIds(report)).toEqual(expect.arrayContaining(['rule', 'oracle', 'counters']));
  },
);
