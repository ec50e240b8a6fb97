import { describe, expect, it } from 'vitest';
import { type Demands, refuseDemands, type Supply } from '../../../src/drills/refuse-impossible.js';
import { UsageError } from '../../../src/errors.js';

const three: Supply = { replicas: 2, attached: 2, leastReplicas: 0 };

const refuse =
  (demands: Partial<Demands>, supply: Partial<Supply> = {}) =>
  () =>
    refuseDemands({ recover: 'promote', wait: 0, ...demands }, { ...three, ...supply });

describe('what a kill-master can only fail at', () => {
  it.each<[string, Partial<Demands>, Partial<Supply>, string]>([
    ['more confirmations than replicas', { wait: 9 }, {}, "WAIT 9 can't be met by 2 replicas"],
    [
      'replicas of replicas confirm nothing',
      { wait: 2 },
      { attached: 1 },
      '1 replica of the master',
    ],
    [
      'a wait without replicas',
      { recover: 'restart', wait: 1 },
      { replicas: 0, attached: 0 },
      'WAIT 1',
    ],
    ['nobody to promote', {}, { replicas: 0, attached: 0 }, 'recovery "promote" needs a replica'],
    [
      'nobody to look at',
      { recover: 'none' },
      { replicas: 0, attached: 0 },
      'recovery "none" needs a replica',
    ],
    ['a guard that refuses every write', {}, { leastReplicas: 3 }, 'min-replicas-to-write 3'],
  ])('%s', (_, demands, supply, words) => {
    expect(refuse(demands, supply)).toThrow(UsageError);
    expect(refuse(demands, supply)).toThrow(words);
  });

  it.each<[Partial<Demands>, Partial<Supply>]>([
    [{ wait: 2 }, {}],
    [{}, { leastReplicas: 2 }],
    [{ recover: 'none' }, {}],
    [{ recover: 'restart' }, { replicas: 0, attached: 0 }],
  ])('and not %j with %j', (demands, supply) => {
    expect(refuse(demands, supply)).not.toThrow();
  });
});
