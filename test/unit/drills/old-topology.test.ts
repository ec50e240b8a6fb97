import { beforeEach, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import type { EngineNode } from '../../../src/docker/topologies.js';
import { findHealthy, riskOfRestart } from '../../../src/drills/old-topology.js';
import { FailedError } from '../../../src/errors.js';
import { openTopology } from '../../../src/live/live-topology.js';
import { askNode } from '../../../src/redis/ask.js';
import { info, scripted } from '../../support/fake-redis.js';
import { FakeRun, rejection } from '../../support/run.js';
import { engineTopology, topology } from '../../support/topologies.js';

describe('a healthy topology', () => {
  let run: FakeRun;
  beforeEach(async () => {
    run = new FakeRun();
    await run.start();
  });

  const healthy = async () =>
    findHealthy(await openTopology(run.runtime, async () => run.servers.connect, 'demo'));

  it('has one master and its replicas, and what the master says', async () => {
    const { master, replicas, facts } = await healthy();
    expect(master.name).toBe('redis-1');
    expect(replicas.map(({ name }) => name)).toEqual(['redis-2', 'redis-3']);
    expect(facts.replication.role).toBe('master');
  });

  it.each<[string, () => unknown, string]>([
    ['a link is down', () => run.servers.linkDown.add('redis-3'), '1 master; redis-3: link down'],
    [
      'a replica is paused',
      () => run.runtime.pauseContainer('rrepl-demo-redis-2'),
      '1 master; redis-2: Up 3 minutes (Paused)',
    ],
    [
      'the master is gone',
      () => run.runtime.removeContainer('rrepl-demo-redis-1'),
      '0 masters; redis-1: its container is gone; redis-2: its upstream redis-1 does not answer; redis-3: its upstream redis-1 does not answer',
    ],
    [
      'there are two masters',
      async () => {
        const live = await openTopology(run.runtime, async () => run.servers.connect, 'demo');
        await live.nodes[1]?.redis.call('REPLICAOF', 'NO', 'ONE');
      },
      '2 masters',
    ],
  ])('is none if %s', async (_, breakIt, words) => {
    await breakIt();
    const error = await rejection(healthy());
    expect(error).toBeInstanceOf(FailedError);
    expect(error.message).toBe(
      `topology demo is not healthy, so a drill would prove nothing: ${words}`,
    );
    expect(hintFor(error)).toBe('`rrepl heal --name demo` repairs it');
  });
});

describe('what a restart of the master would lose', () => {
  interface Stake {
    readonly keys?: number;
    readonly aof?: boolean;
    readonly changes?: number;
    readonly save?: string;
  }

  async function risk({ keys = 3, aof = false, changes = 0, save = '3600 1' }: Stake) {
    const text = info({})
      .replace('aof_enabled:0', `aof_enabled:${Number(aof)}`)
      .replace('rdb_changes_since_last_save:0', `rdb_changes_since_last_save:${changes}`);
    const databases = keys === 0 ? [] : ['db0:keys=1,expires=0', `db3:keys=${keys - 1},expires=0`];
    const redis = scripted('redis-1', {
      INFO: [text, '# Keyspace', ...databases].join('\r\n'),
      CONFIG: ['save', save],
    });
    const [node] = engineTopology(topology({ replicas: 0 })).nodes;
    const master = { ...(node as EngineNode), redis };
    return riskOfRestart({ master, facts: await askNode(redis) });
  }

  it.each<[string, Stake]>([
    ['nothing is there', { keys: 0, changes: 9, save: '' }],
    ['an AOF has it all', { aof: true, changes: 9, save: '' }],
    ['all is in the RDB', { changes: 0 }],
  ])('nothing: %s', async (_, stake) => {
    expect(await risk(stake)).toBeNull();
  });

  it('all of it, without persistence', async () => {
    expect(await risk({ save: '', keys: 1200 })).toBe(
      'redis-1 has no persistence: killed and restarted it comes back with its last RDB at best, else empty, and then its replicas are emptied too (1,200 keys at stake)',
    );
    expect(await risk({ save: '', keys: 1 })).toContain('(1 key at stake)');
  });

  it('what was changed since the last RDB', async () => {
    expect(await risk({ changes: 1 })).toBe(
      'redis-1 has 1 change in no RDB: killed and restarted it comes back without them, and its replicas lose them too',
    );
  });
});
