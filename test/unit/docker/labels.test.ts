import { expect, test } from 'vitest';
import { containerLabels, networkLabels, volumeLabels } from '../../../src/docker/labels.js';
import {
  containerName,
  foldersOf,
  networkName,
  replicationNetworkName,
  volumeName,
} from '../../../src/docker/names.js';
import { node, nothing, planOf, topology } from '../../support/topologies.js';

const master = node('redis-1', null);

test('names', () => {
  expect([
    containerName('demo', 'redis-1'),
    networkName('demo'),
    replicationNetworkName('demo'),
    volumeName('demo', 'redis-1', 'conf'),
    volumeName('demo', 'redis-1', 'data'),
    ...foldersOf('/srv', 'redis-1'),
  ]).toEqual([
    'rrepl-demo-redis-1',
    'rrepl-demo',
    'rrepl-demo_replication',
    'rrepl-demo-redis-1-conf',
    'rrepl-demo-redis-1-data',
    '/srv/redis-1/conf',
    '/srv/redis-1/data',
  ]);
});

test('Docker publishes on the network whose name comes first: that is the control network', () => {
  expect(networkName('demo') < replicationNetworkName('demo')).toBe(true);
});

test("a container carries our labels and Compose's", () => {
  expect(containerLabels(topology({ dir: '/srv' }), master, { port: 6381, host: 11 })).toEqual({
    'dev.rrepl.topology': 'demo',
    'dev.rrepl.node': 'redis-1',
    'dev.rrepl.port': '6381',
    'dev.rrepl.host': '11',
    'dev.rrepl.image': 'redis:6.0',
    'dev.rrepl.labels': '1',
    'dev.rrepl.dir': '/srv',
    'dev.rrepl.containers': '{"restart":"no","memoryBytes":null,"cpus":null,"bind":"127.0.0.1"}',
    'com.docker.compose.project': 'rrepl-demo',
    'com.docker.compose.service': 'redis-1',
    'com.docker.compose.container-number': '1',
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.config-hash': expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  const bare = containerLabels(topology(), master, { port: 6381, host: null });
  expect(bare).not.toHaveProperty('dev.rrepl.dir');
  expect(bare).not.toHaveProperty('dev.rrepl.host');
});

test('so do networks and volumes', () => {
  expect(networkLabels('demo', 'rrepl-demo', '198.18.1.0/24')).toEqual({
    'dev.rrepl.topology': 'demo',
    'com.docker.compose.project': 'rrepl-demo',
    'com.docker.compose.network': 'control',
    'dev.rrepl.subnet': '198.18.1.0/24',
  });
  expect(networkLabels('demo', 'rrepl-demo_replication', '198.18.2.0/24')).toMatchObject({
    'com.docker.compose.network': 'replication',
  });
  expect(volumeLabels('demo', 'redis-1', 'data', 6381)).toEqual({
    'dev.rrepl.topology': 'demo',
    'dev.rrepl.node': 'redis-1',
    'dev.rrepl.volume': 'data',
    'com.docker.compose.project': 'rrepl-demo',
    'com.docker.compose.volume': 'redis-1-data',
  });
});

test('no value of the configuration is in a label or a command', () => {
  const secret = 'hunter2';
  const directives = [{ name: 'maxmemory-policy', args: [secret] }];
  const wanted = topology({ replicas: 0, nodes: [{ ...master, directives }] });
  const { steps } = planOf(wanted, nothing(wanted));
  const where = steps
    .filter((step) => JSON.stringify({ ...step, after: [] }).includes(secret))
    .map(({ kind }) => kind);
  expect(where).toEqual(['writeConfig']);
});
