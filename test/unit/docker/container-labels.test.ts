/** Labels of other versions of rrepl, and such that nobody's rrepl has written. */
import { expect, test } from 'vitest';
import type { Labels } from '../../../src/docker/runtime.js';
import { listTopology, refuseUnreadable } from '../../../src/docker/topologies.js';
import { nodeChange } from '../../../src/plan/node-change.js';
import { resolveWish } from '../../../src/plan/wanted.js';
import type { Present } from '../../../src/topology/present.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import {
  CONTAINERS,
  foreignSpec,
  NOTHING_KNOWN,
  node,
  topology,
} from '../../support/topologies.js';

const WISH = topology({
  replicas: 0,
  image: 'redis:7.0',
  dir: '/srv/demo',
  containers: { restart: 'on-failure', memoryBytes: 268_435_456, cpus: 0.5, bind: '0.0.0.0' },
});

/** As the first version wrote them for WISH, before labels had a version: not to be changed here. */
const FIRST: Labels = {
  'dev.rrepl.topology': 'demo',
  'com.docker.compose.project': 'rrepl-demo',
  'dev.rrepl.node': 'redis-1',
  'dev.rrepl.port': '6381',
  'dev.rrepl.image': 'redis:7.0',
  'dev.rrepl.wish': '8a1b7f3e0c9d2a44',
  'dev.rrepl.containers':
    '{"restart":"on-failure","memoryBytes":268435456,"cpus":0.5,"bind":"0.0.0.0"}',
  'dev.rrepl.dir': '/srv/demo',
  'dev.rrepl.run': '6ad4a3c2-65f1-4a49-9a0c-6d9b8e6f4f5c',
  'dev.rrepl.expires': '2026-11-26T07:00:00.000Z',
};

async function observed(labels: Labels) {
  const runtime = new FakeRuntime();
  runtime.add({ ...foreignSpec('rrepl-demo-redis-1'), labels }, 'running');
  return listTopology(runtime, 'demo');
}

async function changeOf(labels: Labels, wish = WISH) {
  const [found] = (await observed(labels)).nodes;
  if (!found?.container) throw new Error('no node was seen');
  return nodeChange(wish, node('redis-1', null), { ...found, config: null }, found.port ?? 0);
}

test('a container of the first version is left as it is', async () => {
  expect(await changeOf(FIRST)).toMatchObject({ way: 'none', cause: '' });
  const found = await observed(FIRST);
  refuseUnreadable(found);
  const nodes = found.nodes.map((it) => ({ ...it, ...NOTHING_KNOWN }));
  let present: Present | null = null;
  const resolve = (it: Present | null) => {
    present = it;
    return WISH;
  };
  resolveWish({ name: 'demo', dir: null, resolve }, { ...found, nodes, sentinels: [] });
  expect(present).toMatchObject({
    dir: '/srv/demo',
    port: 6381,
    containers: WISH.containers,
  });
});

test('a field that a label does not have yet, or no more, changes no container', async () => {
  const wish = { ...WISH, containers: CONTAINERS };
  const labels = { ...FIRST, 'dev.rrepl.containers': '{"restart":"no","pids":100}' };
  expect(await changeOf(labels, wish)).toMatchObject({ way: 'none' });
});

test('what differs is said, part by part', async () => {
  const wish = topology({ image: 'redis:8.0', dir: null });
  expect(await changeOf(FIRST, wish)).toMatchObject({
    way: 'recreate',
    cause:
      'image redis:7.0 -> redis:8.0, folder /srv/demo -> volumes, restart on-failure -> no, memory 256.0 MB -> unlimited, cpus 0.5 -> unlimited, bind 0.0.0.0 -> 127.0.0.1',
  });
});

test.each([
  ['dev.rrepl.port', 'http'],
  ['dev.rrepl.port', '70000'],
  ['dev.rrepl.port', ''],
  ['dev.rrepl.dir', 'somewhere'],
  ['dev.rrepl.image', ''],
  ['dev.rrepl.containers', '{'],
  ['dev.rrepl.containers', 'null'],
  ['dev.rrepl.containers', '{"restart":"sometimes"}'],
  ['dev.rrepl.containers', '{"memoryBytes":"much"}'],
])('%s=%s is one clear error', async (label, value) => {
  const found = await observed({ ...FIRST, [label]: value });
  expect(() => refuseUnreadable(found)).toThrow(
    `container rrepl-demo-redis-1 has the label ${label}=${value}, which rrepl did not write`,
  );
});

test.each(['3', '99', 'x', ''])('so is the version %j', async (version) => {
  const found = await observed({ ...FIRST, 'dev.rrepl.labels': version });
  expect(() => refuseUnreadable(found)).toThrow(/was made by another rrepl: .* labels of version/);
});

test.each([
  ['no node', { 'dev.rrepl.topology': 'demo' }],
  ['no port', { 'dev.rrepl.topology': 'demo', 'dev.rrepl.node': 'redis-1' }],
  ['a node of no name', { ...FIRST, 'dev.rrepl.node': '../x' }],
])('a container with %s is no node', async (_, labels) => {
  const found = await observed(labels as Labels);
  expect(found.nodes).toEqual([]);
  expect(found.strays.map(({ name }) => name)).toEqual(['rrepl-demo-redis-1']);
});
