import { beforeEach, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { withUpstream } from '../../../src/config/upstream.js';
import { CONF_FILE, DATA_FOLDER } from '../../../src/docker/names.js';
import { healTopology } from '../../../src/execute/heal.js';
import type { RunEvent } from '../../../src/execute/world.js';
import { changesOf } from '../../../src/plan/plan-text.js';
import { UndecidedError } from '../../../src/plan/undecided.js';
import { Deadline } from '../../../src/redis/wait.js';
import { rdb } from '../../support/fake-redis.js';
import { FakeRun, rejection } from '../../support/run.js';

const NAMES = ['redis-1', 'redis-2', 'redis-3'];
const container = (name: string): string => `rrepl-demo-${name}`;

let run: FakeRun;
let events: RunEvent[];
beforeEach(async () => {
  run = new FakeRun();
  events = [];
  await run.start();
});

const heal = () =>
  healTopology('demo', {
    runtime: run.runtime,
    creation: null,
    access: null,
    connect: (node, port) => run.servers.connect(run.runtime, node, port),
    deadline: new Deadline(5000),
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
  });

async function upstreams(): Promise<string[]> {
  return Promise.all(
    NAMES.map(async (name, at) => {
      const server = run.servers.connect(run.runtime, name, 6381 + at);
      const [, upstream] = (await server.call('CONFIG', 'GET', 'replicaof')) as string[];
      server.close();
      return `${name} <- ${upstream?.split(' ')[0] || '-'}`;
    }),
  );
}

const write = (name: string, upstream: string | null) => {
  const text = run.runtime.file(container(name), CONF_FILE)?.text ?? '';
  run.runtime.put(container(name), CONF_FILE, withUpstream(text, upstream));
};

describe('healing', () => {
  it('changes nothing where all is well', async () => {
    const before = run.runtime.calls.length;
    expect(changesOf(await heal())).toEqual([]);
    const asked = new Set(run.runtime.calls.slice(before).map((text) => text.split(' ')[0]));
    expect([...asked].sort()).toEqual([
      'listContainers',
      'listNetworks',
      'listVolumes',
      'readFile',
    ]);
  });

  it('replaces a master that was killed, and has it follow: well afterwards', async () => {
    const killed = run.runtime.containers.get(container('redis-1'));
    await run.runtime.killContainer(container('redis-1'), 'SIGKILL');
    if (killed) killed.exitCode = 137;
    await heal();
    expect(await upstreams()).toEqual(['redis-1 <- redis-2', 'redis-2 <- -', 'redis-3 <- redis-2']);
    expect(changesOf(await heal())).toEqual([]);
    expect(events).toContainEqual({
      type: 'note',
      text: 'redis-2 is promoted: redis-1, the master, is down and its disk may lack writes',
    });
  });

  it('is what the next start finds too', async () => {
    const killed = run.runtime.containers.get(container('redis-1'));
    await run.runtime.killContainer(container('redis-1'), 'SIGKILL');
    if (killed) killed.exitCode = 137;
    await heal();
    for (const name of NAMES) await run.runtime.stopContainer(container(name));
    await heal();
    expect((await upstreams())[1]).toBe('redis-2 <- -');
  });

  it('closes every connection that it has opened', async () => {
    const { open } = run.servers;
    await heal();
    expect(run.servers.open).toBe(open);
  });

  it('says so if nothing tells who should be the master: that is not a topology that is well', async () => {
    for (const [at, name] of NAMES.entries()) {
      await run.runtime.stopContainer(container(name));
      write(name, 'elsewhere');
      const id = `${at}`.repeat(40);
      run.runtime.put(container(name), `${DATA_FOLDER}/dump.rdb`, rdb({ id }), Date.now());
    }
    const error = await rejection(heal());
    expect(error).toBeInstanceOf(UndecidedError);
    expect(error.message).toContain('redis-2 is down; RDB of ');
    expect(hintFor(error)).toContain('`rrepl up --name demo --master redis-2`');
    expect(events).toEqual([]);
  });
});
