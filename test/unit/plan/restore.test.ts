import { describe, expect, it } from 'vitest';
import { planText } from '../../../src/plan/plan-text.js';
import { restore } from '../../../src/plan/restore.js';
import { type Group, observed } from './nodes.js';

const AT = '2026-11-26T06:31:00.000Z';

/** The steps without waits and causes. */
function planned(group: Group, node: string, loads: 'aof' | 'rdb' = 'rdb'): string[] {
  const plan = restore(observed(group), { node, at: AT, loads });
  return planText(plan)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('wait'))
    .map((line) => line.replace(/ *#.*/, '').replace(/ {2,}/g, ' ').replaceAll('rrepl-demo-', ''));
}

const HEALTHY: Group = {
  'redis-1': { file: null },
  'redis-2': { file: 'redis-1' },
  'redis-3': { file: 'redis-1' },
};

describe('restoring a node', () => {
  it('sets aside what the present master holds, and makes all others copies of the node', () => {
    expect(planned(HEALTHY, 'redis-2')).toEqual([
      'set redis-1 save 3600 1',
      'set redis-2 save 3600 1',
      'stop redis-1',
      'stop redis-2',
      'stop redis-3',
      'set aside redis-1 the data on its disk',
      'put back redis-2 the data that are set aside',
      'write role redis-2 master',
      'start redis-2',
      'write role redis-1 replicaof redis-2',
      'start redis-1',
      'write role redis-3 replicaof redis-2',
      'start redis-3',
    ]);
  });

  it('sets aside what each node holds that is no copy of another', () => {
    const split: Group = {
      'redis-1': { file: null, state: 'exited' },
      'redis-2': { file: null },
      'redis-3': { file: 'redis-2', server: { link: 'down' } },
    };
    const kept = planned(split, 'redis-1').filter((step) => step.startsWith('set aside'));
    expect(kept).toEqual([
      'set aside redis-2 the data on its disk',
      'set aside redis-3 the data on its disk',
    ]);
  });

  it('keeps a chain as far as it can', () => {
    const chain: Group = { ...HEALTHY, 'redis-3': { file: 'redis-2' } };
    expect(planned(chain, 'redis-1')).toContain('write role redis-3 replicaof redis-2');
    expect(planned(chain, 'redis-3')).toEqual(
      expect.arrayContaining([
        'write role redis-3 master',
        'write role redis-1 replicaof redis-3',
        'write role redis-2 replicaof redis-3',
      ]),
    );
  });

  it('starts the server so that it loads the file that holds all, and then as it was', () => {
    const steps = planned(HEALTHY, 'redis-2', 'aof');
    expect(steps.indexOf('write redis.conf redis-2 appendonly yes')).toBeLessThan(
      steps.indexOf('start redis-2'),
    );
    expect(steps).toContain('set redis-2 appendonly no');
  });

  it('wakes a paused node to save, and leaves one alone that never had a redis.conf', () => {
    const group: Group = {
      ...HEALTHY,
      'redis-1': { file: null, state: 'paused' },
      'redis-3': { file: null, state: 'created', noFile: true },
    };
    const steps = planned(group, 'redis-2');
    expect(steps[0]).toBe('unpause redis-1');
    expect(steps.filter((step) => step.includes('redis-3'))).toEqual([]);
  });
});
