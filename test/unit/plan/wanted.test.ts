import { describe, expect, it } from 'vitest';
import { InvalidError } from '../../../src/errors.js';
import { reconcile } from '../../../src/plan/reconcile.js';
import { resolveWish } from '../../../src/plan/wanted.js';
import type { Present } from '../../../src/topology/present.js';
import { isUp, NOTHING_KNOWN, nothing, planOf, topology } from '../../support/topologies.js';
import { type Group, observed } from './nodes.js';

const WISH = topology();

/** What a wish is told of what is there. */
function told(there: Parameters<typeof resolveWish>[1], master?: string): Present | null {
  let seen: Present | null = null;
  const resolve = (present: Present | null) => {
    seen = present;
    return WISH;
  };
  resolveWish({ name: 'demo', dir: null, master, resolve }, there);
  return seen;
}

describe('a wish is told', () => {
  it('of the image, the master and the configuration that are there', () => {
    const there = told(isUp(WISH, {}, { 'redis-1': 'redis-2', 'redis-2': null }));
    expect(there).toMatchObject({
      images: ['redis:6.0'],
      master: 'redis-2',
      chosen: false,
      port: 6381,
    });
    expect(there?.nodes[0]?.directives).not.toEqual([]);
  });

  it('of nothing where there is nothing, and where a folder holds nothing but data', () => {
    expect(told(nothing(WISH))).toBeNull();
    const [node] = isUp(WISH).nodes;
    if (!node) throw new Error('a node was asked for');
    const gone = { ...node, ...NOTHING_KNOWN, container: null, state: 'gone', port: null } as const;
    const disk = { rdb: null, aof: null, strange: null };
    expect(told({ ...isUp(WISH), nodes: [{ ...gone, volumes: [], disk }] })).toBeNull();
    expect(told({ ...isUp(WISH), nodes: [{ ...gone, volumes: ['data'] }] })).not.toBeNull();
  });

  const tied: Group = {
    'redis-1': { file: null, state: 'exited', rdb: { origin: { id: 'a'.repeat(40), offset: 7 } } },
    'redis-2': { file: null, state: 'exited', rdb: { origin: { id: 'b'.repeat(40), offset: 7 } } },
  };

  it('of no master that nothing tells, and of one that only the user names', () => {
    expect(told(observed(tied))).toMatchObject({ master: null, chosen: false });
    expect(told(observed(tied), 'redis-2')).toMatchObject({ master: 'redis-2', chosen: true });
  });

  it('of a master that is one anyway', () => {
    expect(told(isUp(WISH), 'redis-1')).toMatchObject({ master: 'redis-1', chosen: false });
  });
});

describe('what comes first', () => {
  const planned = (there: ReturnType<typeof nothing>, pulled: boolean) => {
    const resolve = () => WISH;
    const wanted = { ...resolveWish({ name: 'demo', dir: null, resolve }, there), access: null };
    const { first, steps } = reconcile(wanted, there, { pulled });
    return { first: first.map(({ id }) => id), steps: steps.map(({ id }) => id) };
  };

  it('is the image, until it was pulled', () => {
    const bare = nothing(WISH, { image: null });
    expect(planned(bare, false).first).toEqual(['pullImage redis:6.0']);
    expect(planned(bare, true).first).toEqual([]);
  });

  it('are the containers over volumes that are kept', () => {
    const kept = isUp(WISH, { 'redis-1': null, 'redis-2': null, 'redis-3': null });
    expect(planned(kept, true).first).toEqual([
      'create redis-1',
      'create redis-2',
      'create redis-3',
    ]);
  });

  it('is nothing where all can be decided', () => {
    expect(planned(isUp(WISH), false).first).toEqual([]);
    expect(planned(nothing(WISH), false).first).toEqual([]);
  });
});

it('a folder that can not be made is why nothing is planned', () => {
  const unmakeable = new InvalidError('its disk is full');
  expect(() => planOf(WISH, nothing(WISH, { unmakeable }))).toThrow(unmakeable);
});
