import { expect, it } from 'vitest';
import { parseInfo } from '../../../src/redis/info.js';
import { databasesProblem, linkProblem } from '../../../src/redis/link.js';
import { type LinkInfo, parseReplication } from '../../../src/redis/replication-info.js';
import { REDIS_6_0_MASTER, REDIS_6_0_REPLICA } from './info-replies.js';

const master = parseReplication(parseInfo(REDIS_6_0_MASTER));
const replica = parseReplication(parseInfo(REDIS_6_0_REPLICA));
const addresses = ['172.30.0.3', '192.168.64.3'];

function replicaWith(link: Partial<LinkInfo>) {
  return { ...replica, link: { ...(replica.link as LinkInfo), ...link } };
}

function masterThatSees(state: string, port = 6379) {
  return { ...master, replicas: master.replicas.map((entry) => ({ ...entry, state, port })) };
}

it('is up when both sides say so', () => {
  expect(linkProblem(master, replica, addresses)).toBeUndefined();
});

it.each([
  ['is a master', master, master, 'it is a master'],
  ['is down', master, replicaWith({ up: false }), 'link down'],
  ['resyncs', master, replicaWith({ syncing: true, up: false }), 'full resync'],
  ['tells a share', master, replicaWith({ syncing: true, syncPercent: 42.7 }), 'full resync 42%'],
  [
    'tells the rest',
    master,
    replicaWith({ syncing: true, syncLeftBytes: 300 }),
    'full resync, 300 bytes left',
  ],
  [
    'follows another',
    { ...master, id: 'b'.repeat(40) },
    replica,
    'it has another replication id than its upstream',
  ],
  [
    'is being served',
    masterThatSees('wait_bgsave'),
    replica,
    'link up, but its upstream says: wait_bgsave',
  ],
  [
    'could not announce itself',
    masterThatSees('online', 0),
    replica,
    'link up, but its upstream says: online, port 0: the replication user may lack +replconf',
  ],
  [
    'is not known',
    { ...master, replicas: [] },
    replica,
    'link up, but its upstream says: not attached',
  ],
])('is not up when the replica %s', (_, above, below, problem) => {
  expect(linkProblem(above, below, addresses)).toBe(problem);
});

it.each([
  [16, 16, null],
  [16, null, null],
  [null, 16, null],
  [16, 4, /^it has 4 databases and its upstream 16: what is written .* wrong one/],
  [
    4,
    16,
    /^it has 16 databases and its upstream 4: that bites as soon as it is the master; give databases the same value on all nodes$/,
  ],
])('of %j databases to %j', (upstream, replica, problem) => {
  const found = databasesProblem(upstream, replica);
  if (problem === null) expect(found).toBeNull();
  else expect(found).toMatch(problem);
});
