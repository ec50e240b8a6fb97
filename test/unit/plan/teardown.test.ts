import { expect, test } from 'vitest';
import { planText } from '../../../src/plan/plan-text.js';
import { teardown } from '../../../src/plan/teardown.js';
import { engineTopology, topology } from '../../support/topologies.js';

const observed = engineTopology(topology({ replicas: 2 }), {
  'redis-2': { state: 'paused' },
  'redis-3': null,
});

test('stops what runs, so that its data are saved, and keeps the volumes', () => {
  expect(`\n${planText(teardown(observed, { volumes: false }))}`).toMatchInlineSnapshot(`
    "
    stop              rrepl-demo-redis-1               # its data is kept
    unpause           rrepl-demo-redis-2               # its data is kept
    stop              rrepl-demo-redis-2               # its data is kept
    record            rrepl-demo_record  what is kept  # so that a plan knows what is in the volumes
    remove container  rrepl-demo-redis-1               # down
    remove container  rrepl-demo-redis-2               # down
    remove network    rrepl-demo                       # down
    remove network    rrepl-demo_replication           # down
    "
  `);
});

test('a paused server can not save before it is unpaused', () => {
  const { steps } = teardown(observed, { volumes: false });
  const order = steps
    .filter(({ id }) => id.endsWith('redis-2'))
    .map(({ id, after }) => [id, after.map((it) => it.id)]);
  expect(order).toEqual([
    ['unpause redis-2', []],
    ['stop redis-2', ['unpause redis-2']],
    // What is kept is recorded once every server has saved, and while containers show it.
    ['remove redis-2', ['stop redis-1', 'unpause redis-2', 'stop redis-2', 'record']],
  ]);
});

test.each([
  ['a node has no volume', engineTopology(topology({ replicas: 1, dir: '/home/ada/demo' }))],
  [
    'no container is left to tell of them',
    engineTopology(topology({ replicas: 0 }), { 'redis-1': null }),
  ],
])('nothing is recorded where %s', (_, seen) => {
  const kinds = teardown(seen, { volumes: false }).steps.map(({ kind }) => kind);
  expect(kinds).not.toContain('writeRecord');
});

test('the record of an earlier one is kept, and goes with the volumes', () => {
  const record = { name: 'rrepl-demo_record', createdMs: 0, labels: {} };
  const down = { ...engineTopology(topology({ replicas: 0 }), { 'redis-1': null }), record };
  const removed = (volumes: boolean) =>
    teardown(down, { volumes }).steps.flatMap((step) =>
      step.kind === 'removeVolume' ? [step.resource] : [],
    );
  expect(removed(false)).toEqual([]);
  expect(removed(true)).toEqual([
    'rrepl-demo-redis-1-conf',
    'rrepl-demo-redis-1-data',
    'rrepl-demo_record',
  ]);
});

test('with the volumes there is nothing to save', () => {
  expect(`\n${planText(teardown(observed, { volumes: true }))}`).toMatchInlineSnapshot(`
    "
    remove container  rrepl-demo-redis-1       # down
    remove container  rrepl-demo-redis-2       # down
    remove network    rrepl-demo               # down
    remove network    rrepl-demo_replication   # down
    remove volume     rrepl-demo-redis-1-conf  # the data go too
    remove volume     rrepl-demo-redis-1-data  # the data go too
    remove volume     rrepl-demo-redis-2-conf  # the data go too
    remove volume     rrepl-demo-redis-2-data  # the data go too
    remove volume     rrepl-demo-redis-3-conf  # the data go too
    remove volume     rrepl-demo-redis-3-data  # the data go too
    "
  `);
});

test('networks and volumes go when no container uses them any more', () => {
  const { steps } = teardown(observed, { volumes: true });
  const users = ['remove redis-1', 'remove redis-2'];
  for (const { kind, after } of steps) {
    if (kind !== 'removeContainer') expect(after.map(({ id }) => id)).toEqual(users);
  }
});

test('a network is removed by its id, because another may have its name', () => {
  const { steps } = teardown(observed, { volumes: false });
  const networks = steps.flatMap((step) => (step.kind === 'removeNetwork' ? [step.network] : []));
  expect(networks).toEqual(['id-of-rrepl-demo', 'id-of-rrepl-demo_replication']);
});

test('nothing there, nothing to do', () => {
  const empty = {
    name: 'demo',
    nodes: [],
    strays: [],
    networks: [],
    volumes: [],
    record: null,
    sentinels: [],
  };
  expect(planText(teardown(empty, { volumes: true }))).toBe('nothing to change\n');
});
