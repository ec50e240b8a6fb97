import { beforeEach, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { UsageError } from '../../../src/errors.js';
import { findNode } from '../../../src/live/find-node.js';
import { openTopology } from '../../../src/live/live-topology.js';
import { type NodeStatus, readStatus } from '../../../src/live/status.js';
import { NoReplyError, type RedisNode } from '../../../src/redis/node.js';
import { ID, info, scripted } from '../../support/fake-redis.js';
import { FakeRun, rejection } from '../../support/run.js';
import { topology } from '../../support/topologies.js';

const SYNCED = '1:S 22 Nov 2026 20:42:27.283 * MASTER <-> REPLICA sync: Finished with success';

let run: FakeRun;
/** Servers that answer with this instead of what their configuration says. */
let says: Record<string, RedisNode>;

beforeEach(async () => {
  run = new FakeRun();
  says = {};
  await run.start();
});

async function read() {
  const live = await openTopology(
    run.runtime,
    async () => (runtime, name, port) => says[name] ?? run.servers.connect(runtime, name, port),
    'demo',
  );
  try {
    return await readStatus(live);
  } finally {
    live.close();
  }
}

async function nodeStatus(name: string): Promise<NodeStatus> {
  return findNode(await read(), name);
}

const container = (name: string) => {
  const found = run.runtime.containers.get(`rrepl-demo-${name}`);
  if (found === undefined) throw new Error(`no container of ${name}`);
  return found;
};

const reply = (name: string, wish: Parameters<typeof info>[0]) => {
  says[name] = scripted(name, { INFO: info(wish) });
};

const addressOf = (name: string) =>
  container(name).networks.get('rrepl-demo_replication')?.address ?? '';

describe('the status of a topology', () => {
  it('of a master', async () => {
    container('redis-1').log.push(SYNCED);
    expect(await nodeStatus('redis-1')).toEqual({
      name: 'redis-1',
      role: 'master',
      state: 'running',
      upstream: null,
      url: 'redis://127.0.0.2:6381',
      container: 'rrepl-demo-redis-1',
      link: null,
      offset: 100,
      lagBytes: 0,
      replicationId: ID,
      lastSync: null,
      nextSync: null,
      setAside: null,
      problem: null,
    });
  });

  it('of a replica that is in sync', async () => {
    container('redis-2').log.push(SYNCED);
    expect(await nodeStatus('redis-2')).toEqual({
      name: 'redis-2',
      role: 'replica',
      state: 'running',
      upstream: 'redis-1',
      url: 'redis://127.0.0.2:6382',
      container: 'rrepl-demo-redis-2',
      link: 'up',
      offset: 100,
      lagBytes: 0,
      replicationId: ID,
      lastSync: { kind: 'full', at: '2026-11-22T20:42:27.283Z' },
      nextSync: {
        kind: 'partial',
        reason: null,
        roomBytes: 1_048_576,
        bytesPerSecond: null,
        seconds: null,
      },
      setAside: null,
      problem: null,
    });
  });

  it('of one that is behind', async () => {
    reply('redis-2', { upstream: 'redis-1', offset: 40 });
    expect(await nodeStatus('redis-2')).toMatchObject({ link: 'up', offset: 40, lagBytes: 60 });
  });

  it('of one that follows another stream: its lag can not be told', async () => {
    reply('redis-2', { upstream: 'redis-1', id: 'c'.repeat(40) });
    expect(await nodeStatus('redis-2')).toMatchObject({
      link: 'down',
      lagBytes: null,
      problem: 'it has another replication id than its upstream',
    });
  });

  it('of one whose link is down', async () => {
    run.servers.linkDown.add('redis-2');
    expect(await nodeStatus('redis-2')).toMatchObject({
      role: 'replica',
      upstream: 'redis-1',
      link: 'down',
      problem: 'link down',
    });
  });

  it('of one whose upstream does not list it: both sides must say that the link is up', async () => {
    reply('redis-1', { replicas: [addressOf('redis-3')] });
    expect(await nodeStatus('redis-2')).toMatchObject({
      link: 'down',
      problem: 'link up, but its upstream says: not attached',
    });
    expect(await nodeStatus('redis-3')).toMatchObject({ link: 'up', problem: null });
  });

  it('of one that names its upstream by address', async () => {
    reply('redis-2', { upstream: addressOf('redis-1') });
    expect(await nodeStatus('redis-2')).toMatchObject({ upstream: 'redis-1', link: 'up' });
  });

  it('of one that replicates from elsewhere', async () => {
    reply('redis-2', { upstream: 'elsewhere' });
    expect(await nodeStatus('redis-2')).toMatchObject({
      upstream: 'elsewhere:6379',
      link: 'down',
      problem: 'its upstream elsewhere:6379 is no node of this topology',
    });
  });

  it('of a paused node, and of the replicas below it', async () => {
    await run.runtime.pauseContainer('rrepl-demo-redis-1');
    const { nodes } = await read();
    expect(nodes[0]).toMatchObject({
      state: 'paused',
      role: null,
      offset: null,
      link: null,
      lagBytes: null,
      problem: 'Up 3 minutes (Paused)',
    });
    expect(nodes[1]).toMatchObject({
      role: 'replica',
      link: 'down',
      lagBytes: null,
      problem: 'its upstream redis-1 does not answer',
    });
  });

  it('of a stopped node, which keeps its address on the host', async () => {
    await run.runtime.stopContainer('rrepl-demo-redis-2');
    expect(await nodeStatus('redis-2')).toMatchObject({
      state: 'stopped',
      role: null,
      url: 'redis://127.0.0.2:6382',
      problem: 'Exited (0) 1 minute ago',
    });
  });

  it('of a node of which only volumes are left', async () => {
    await run.runtime.removeContainer('rrepl-demo-redis-2');
    expect(await nodeStatus('redis-2')).toMatchObject({
      state: 'gone',
      role: null,
      url: null,
      container: null,
      lastSync: null,
      problem: 'its container is gone',
    });
  });

  it('of a node that runs and does not answer', async () => {
    says['redis-2'] = scripted('redis-2', { INFO: new NoReplyError('no reply from redis-2') });
    expect(await nodeStatus('redis-2')).toMatchObject({
      state: 'running',
      role: null,
      problem: 'no reply from redis-2',
    });
  });

  it('asks all nodes at the same time', async () => {
    let asked = 0;
    const everybody = new Promise<void>((resolve) => {
      const INFO = async () => {
        asked += 1;
        if (asked === 3) resolve();
        await everybody;
        return info({});
      };
      for (const name of ['redis-1', 'redis-2', 'redis-3']) says[name] = scripted(name, { INFO });
    });
    expect((await read()).nodes).toHaveLength(3);
  });

  it('lists redis-2 before redis-10', async () => {
    const many = new FakeRun();
    await many.start({ topology: topology({ replicas: 10 }) });
    const live = await openTopology(many.runtime, async () => many.servers.connect, 'demo');
    const names = (await readStatus(live)).nodes.map(({ name }) => name);
    expect([names[1], names.at(-1)]).toEqual(['redis-2', 'redis-11']);
  });
});

describe('a topology that is not there', () => {
  it('is a usage error', async () => {
    const error = await rejection(
      openTopology(run.runtime, async () => run.servers.connect, 'demi'),
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe('there is no topology demi on unix:///engine.test.sock');
  });

  it('but for its volumes can be brought back', async () => {
    for (const name of run.runtime.containers.keys()) await run.runtime.removeContainer(name);
    const error = await rejection(
      openTopology(run.runtime, async () => run.servers.connect, 'demo'),
    );
    expect(hintFor(error)).toContain('its volumes are kept');
  });
});

describe('the node that is meant', () => {
  it.each([
    ['redis-2', 'redis-2'],
    ['master', 'redis-1'],
    ['primary', 'redis-1'],
    ['replica', 'redis-2'],
  ])('%s', async (wanted, name) => {
    expect(findNode(await read(), wanted).name).toBe(name);
  });

  it('moves with the role', async () => {
    reply('redis-1', { upstream: 'redis-2' });
    reply('redis-2', { replicas: [] });
    expect(findNode(await read(), 'master').name).toBe('redis-2');
    expect(findNode(await read(), 'replica').name).toBe('redis-1');
  });

  it('is none of the sentinels', async () => {
    const status = { ...(await read()), sentinels: [{ name: 'sentinel-1' }] };
    const error = await rejection((async () => findNode(status, 'sentinel-1'))());
    expect(error.message).toBe('sentinel-1 is a sentinel, and this is for servers');
    expect(hintFor(error)).not.toContain('sentinel-1');
  });

  it.each<[string, (() => void) | null, string, string, string]>([
    [
      'redis-9',
      null,
      'no-node',
      'topology demo has no node "redis-9"',
      'its nodes are redis-1, redis-2, redis-3',
    ],
    [
      'master',
      () => reply('redis-2', {}),
      'several-masters',
      'topology demo has two masters: redis-1, redis-2',
      'rrepl heal',
    ],
    [
      'primary',
      () => run.servers.silent.add('redis-1'),
      'no-master',
      'topology demo has no master that answers',
      'rrepl status',
    ],
    [
      'replica',
      () => ['redis-2', 'redis-3'].map((name) => run.servers.silent.add(name)),
      'no-replica',
      'topology demo has no replica that answers',
      'rrepl status',
    ],
  ])('%s can be none, or not one', async (wanted, prepare, code, message, hint) => {
    prepare?.();
    const status = await read();
    const error = await rejection((async () => findNode(status, wanted))());
    expect(error).toMatchObject({ code, exitCode: code === 'no-node' ? 2 : 1 });
    expect(error.message).toBe(message);
    expect(hintFor(error)).toContain(hint);
  });
});
