/** What lies on the disks of servers that are dead, against what they and their replicas had. */

import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectRuntime } from '../../src/docker/dockerode/runtime.js';
import { resolveEndpoint } from '../../src/docker/endpoint.js';
import type { Runtime } from '../../src/docker/runtime.js';
import { listTopology } from '../../src/docker/topologies.js';
import { filesOfContainer, filesOfFolder, readDisk } from '../../src/observe/disk.js';
import { observeAccess } from '../../src/observe/reach.js';
import { endOf } from '../../src/psync/server-end.js';
import { aofHasAllOf } from '../../src/stream/has-all.js';
import { placeOf } from '../../src/stream/wire.js';
import { containerOf, docker, redis, shell } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, status } from '../support/rrepl.js';

const MASTER = 'redis-1';
const REPLICA = 'redis-2';

let runtime: Runtime;

beforeAll(async () => {
  const place = { env: process.env, home: homedir(), uid: process.getuid?.() };
  runtime = await connectRuntime(await resolveEndpoint(place), new AbortController().signal);
});

afterEach(removeTopologies);

async function up(...args: string[]): Promise<string> {
  const name = newTopology('ev');
  const port = String(await freePorts(2));
  await rrepl(['up', '--name', name, '--port', port, '--replicas', '1', ...args]);
  return name;
}

const diskOf = (name: string, node: string) =>
  readDisk(filesOfContainer(runtime, containerOf(name, node)), null);

const field = async (name: string, node: string, section: string, key: string) =>
  new RegExp(`^${key}:(.*)$`, 'm').exec(await redis(name, node, 'INFO', section))?.[1]?.trim();

const inStep = (name: string) => redis(name, MASTER, 'WAIT', '1', '5000');

describe('a server that was stopped', () => {
  test.each(['volumes', 'a folder'])('left an RDB that says what it had, on %s', async (where) => {
    const dir = mkdtempSync(join(tmpdir(), 'rrepl-evidence-'));
    try {
      const name = await up('--set', 'save=3600 1', ...(where === 'volumes' ? [] : ['--dir', dir]));
      for (const key of ['a', 'b', 'c']) await redis(name, MASTER, 'SET', key, '1');
      await inStep(name);
      const id = await field(name, MASTER, 'replication', 'master_replid');
      const offset = Number(await field(name, MASTER, 'replication', 'master_repl_offset'));
      const version = await field(name, MASTER, 'server', '(?:redis|valkey)_version');
      await docker('stop', containerOf(name, MASTER));

      const { rdb, aof, strange } = await diskOf(name, MASTER);
      expect({ aof, strange }).toEqual({ aof: null, strange: null });
      expect(rdb).toMatchObject({
        path: 'dump.rdb',
        keys: 3,
        writer: { product: expect.any(String) },
      });
      expect(rdb?.origin?.id).toBe(id);
      // A PING may have followed.
      expect(rdb?.origin?.offset).toBeGreaterThanOrEqual(offset);
      expect(rdb?.origin?.offset).toBeLessThan(offset + 100);
      if (rdb?.writer?.product === 'redis') expect(rdb.writer.version).toBe(version);

      const details = await runtime.inspectContainer(containerOf(name, MASTER));
      expect(Math.abs((rdb?.modifiedMs ?? 0) - (details?.finishedAtMs ?? 0))).toBeLessThan(5000);
      const log = await runtime.logTail(containerOf(name, MASTER), 'all');
      expect(endOf(log)).toEqual({ graceful: true, aof: false, saved: true });
      if (where === 'volumes') return;
      const files = filesOfFolder(join(dir, MASTER, 'data'));
      expect(await readDisk(files, null)).toEqual({ rdb, aof, strange });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('the AOF of a master that was killed', () => {
  const kill = (name: string) => docker('kill', containerOf(name, MASTER));

  const aofOf = async (name: string, node: string) => {
    const files = filesOfContainer(runtime, containerOf(name, node));
    const { aof } = await readDisk(files, null);
    return aof && { aof, files };
  };

  async function streamOf(name: string) {
    const observed = await listTopology(runtime, name);
    const port = observed.nodes.find((node) => node.name === REPLICA)?.port ?? 0;
    const access = await observeAccess(runtime, observed);
    return placeOf(REPLICA, { host: runtime.publishedHost, port }, access);
  }

  async function holds(name: string, from: 'aof' | 'stream' = 'aof') {
    const dead = await aofOf(name, MASTER);
    if (dead === null) throw new Error(`${name} has no AOF`);
    const living = {
      aof: from === 'aof' ? await aofOf(name, REPLICA) : null,
      stream: from === 'stream' ? await streamOf(name) : null,
    };
    const signal = new AbortController().signal;
    return aofHasAllOf(dead, living, { bytes: 16 * 1024 * 1024, deadlineMs: 10_000, signal });
  }

  const withAof = (...more: string[]) => up('--set', 'appendonly=yes', ...more);

  test('holds what was written, in every form', async () => {
    const name = await withAof();
    await shell(
      name,
      MASTER,
      `head -c 1000000 /dev/urandom | client -x SET big
      printf '*2\\r\\n$3\\r\\nDEL\\r\\n$1\\r\\nx\\r\\n*1\\r\\n$4\\r\\nPING' | client -x SET hostile
      client SET a 1 EX 100 >/dev/null; client SETEX b 100 1; client SET c 1; client EXPIRE c 100
      client PSETEX d 100000 1; client SET a 2 XX; client -n 3 SET a 1
      printf 'MULTI\\nSET e 1\\nINCR f\\nEXEC\\n' | client
      client EVAL "redis.call('SET', 'g', 1); redis.call('SADD', 's', 1, 2)" 0
      client SPOP s; client INCRBYFLOAT h 1.5; client XADD x '*' k v; client PUBLISH p m`,
    );
    await inStep(name);
    await kill(name);
    expect(await holds(name)).toBe('holds');
  });

  test('lacks what was written after it was switched off', async () => {
    const name = await withAof();
    await redis(name, MASTER, 'SET', 'a', '1');
    await redis(name, MASTER, 'CONFIG', 'SET', 'appendonly', 'no');
    await redis(name, MASTER, 'SET', 'b', '1');
    await inStep(name);
    await kill(name);
    expect(await holds(name)).toBe('lacks');
  });

  test('holds, also where the same was written again and again', async () => {
    const name = await withAof();
    for (let count = 0; count < 5; count += 1) await redis(name, MASTER, 'INCR', 'a');
    await inStep(name);
    await kill(name);
    expect(await holds(name)).toBe('holds');
  });

  const rewrite = async (name: string) => {
    await redis(name, MASTER, 'BGREWRITEAOF');
    await expect
      .poll(() => field(name, MASTER, 'persistence', 'aof_rewrite_in_progress'), {
        timeout: 10_000,
      })
      .toBe('0');
    await sleep(200);
  };

  test('holds what follows a rewrite; without any of it, nothing can be told', async () => {
    const name = await withAof();
    await redis(name, MASTER, 'SET', 'a', '1');
    await redis(name, MASTER, 'SET', 'b', '1');
    await rewrite(name);
    await inStep(name);
    expect(await holds(name)).toBe('unknown');
    await redis(name, MASTER, 'SET', 'c', '1');
    await inStep(name);
    await kill(name);
    expect(await holds(name)).toBe('holds');
  });

  test('holds more than a replica that was cut off', async () => {
    const name = await withAof();
    await redis(name, MASTER, 'SET', 'a', '1');
    await inStep(name);
    await rrepl(['disconnect', REPLICA, '--name', name]);
    for (const key of ['b', 'c']) await redis(name, MASTER, 'SET', key, '1');
    await kill(name);
    expect(await holds(name)).toBe('holds');
  });

  test('is compared with the stream of a replica that was promoted, beyond its PINGs', async () => {
    const name = await withAof('--set', 'repl-ping-replica-period=1');
    await redis(name, REPLICA, 'CONFIG', 'SET', 'appendonly', 'no');
    await redis(name, MASTER, 'SET', 'a', '1', 'EX', '100');
    await redis(name, MASTER, 'SET', 'b', '1');
    await sleep(2500);
    expect(await holds(name, 'stream')).toBe('holds');
    await redis(name, MASTER, 'CONFIG', 'SET', 'appendonly', 'no');
    await redis(name, MASTER, 'SET', 'c', '1');
    await inStep(name);
    expect(await holds(name, 'stream')).toBe('lacks');
    await kill(name);
    // Without a link it gives its stream to nobody.
    await expect.poll(() => field(name, REPLICA, 'replication', 'master_link_status')).toBe('down');
    expect(await holds(name, 'stream')).toBe('unknown');
    await redis(name, REPLICA, 'REPLICAOF', 'NO', 'ONE');
    expect(await holds(name, 'stream')).toBe('lacks');
    expect(await field(name, REPLICA, 'stats', 'sync_full')).toBe('0');
    expect((await status(name)).nodes.length).toBe(2);
  });
});
