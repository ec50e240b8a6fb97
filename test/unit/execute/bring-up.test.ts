import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { upstreamIn, withUpstream } from '../../../src/config/upstream.js';
import { LABEL } from '../../../src/docker/labels.js';
import { CONF_FILE } from '../../../src/docker/names.js';
import { PortTakenError } from '../../../src/docker/runtime.js';
import {
  DeadlineError,
  EngineError,
  InterruptedError,
  InvalidError,
  InvalidTopologyError,
} from '../../../src/errors.js';
import { changesOf } from '../../../src/plan/plan-text.js';
import { Deadline } from '../../../src/redis/wait.js';
import { FakeRun, rejection } from '../../support/run.js';
import { chain, foreignSpec, topology } from '../../support/topologies.js';

const WORDS = 'the engine said no';

describe('a fresh topology', () => {
  it('comes up, in sync, with connections closed', async () => {
    const run = new FakeRun();
    const plan = await run.start();
    expect(plan.steps).toHaveLength(25);
    expect(run.runtime.inventory()).toHaveLength(11);
    expect([...run.runtime.containers.values()].map(({ state }) => state)).toEqual([
      'running',
      'running',
      'running',
    ]);
    expect(run.runtime.file('rrepl-demo-redis-2', CONF_FILE)).toMatchObject({
      owner: '999:999',
      text: expect.stringMatching(/^replicaof redis-1 6379$/m),
    });
    expect(run.servers.open).toBe(0);
    expect(run.notes).toEqual([]);
  });

  it('has nothing to change the second time', async () => {
    const run = new FakeRun();
    await run.start();
    expect(changesOf(await run.start())).toEqual([]);
  });

  it('starts a replica only when its upstream answers', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ nodes: chain(3) }) });
    const moments = run.events.flatMap((event) =>
      event.type === 'begun' || event.type === 'done' ? [`${event.type} ${event.step.id}`] : [],
    );
    const at = (moment: string) => moments.indexOf(moment);
    expect(at('begun start redis-2')).toBeGreaterThan(at('done ready redis-1'));
    expect(at('begun start redis-3')).toBeGreaterThan(at('done ready redis-2'));
  });

  it("pulls a missing image before it decides what the image's server is", async () => {
    const run = new FakeRun();
    const passwd = 'valkey:x:100:101::/:/bin/sh\n';
    const image = { id: 'v', command: ['valkey-server'], env: [], user: '', passwd };
    run.runtime.registry.set('valkey:8.1', image);
    await run.start({ topology: topology({ replicas: 0, image: 'valkey:8.1' }) });
    const container = run.runtime.containers.get('rrepl-demo-redis-1');
    expect(container?.spec.command[0]).toBe('valkey-server');
    expect(run.runtime.file('rrepl-demo-redis-1', CONF_FILE)?.owner).toBe('100:101');
    expect(run.runtime.calls.filter((call) => call.startsWith('pullImage'))).toHaveLength(1);
  });
});

it('does not pull for ever what the engine does not know afterwards', async () => {
  const run = new FakeRun();
  run.runtime.pullImage = async () => {};
  const error = await rejection(run.start({ topology: topology({ image: 'redis:0' }) }));
  expect(error.message).toBe('No such image: redis:0');
  expect(run.runtime.inventory()).toEqual([]);
});

describe('any engine call that fails', async () => {
  const clean = new FakeRun();
  await clean.start();
  const calls = clean.runtime.calls.map((call, index) => [index + 1, call] as const);

  it.each(calls)('leaves nothing behind: call %i, %s', async (number) => {
    const run = new FakeRun();
    run.runtime.failAt(number, new EngineError(WORDS));
    const error = await rejection(run.start());
    expect(error.message).toContain(WORDS);
    expect(error).toBeInstanceOf(EngineError);
    expect(run.runtime.inventory()).toEqual([]);
    expect(run.notes).toEqual([]);
    expect(run.servers.open).toBe(0);
  });

  it.each(calls)('nor if the engine did as asked: call %i, %s', async (number) => {
    const run = new FakeRun();
    run.runtime.failAt(number, new EngineError(WORDS), true);
    expect((await rejection(run.start())).message).toContain(WORDS);
    expect(run.runtime.inventory()).toEqual([]);
  });
});

describe('kept volumes', async () => {
  /** Promotes redis-2, then takes the containers and networks away, as `down` does. */
  async function promotedAndDown(): Promise<FakeRun> {
    const run = new FakeRun();
    await run.start();
    const conf = (name: string) => run.runtime.file(name, CONF_FILE)?.text ?? '';
    const roles: [string, string | null][] = [
      ['redis-1', 'redis-2'],
      ['redis-2', null],
      ['redis-3', 'redis-2'],
    ];
    for (const [node, upstream] of roles) {
      const name = `rrepl-demo-${node}`;
      run.runtime.put(name, CONF_FILE, withUpstream(conf(name), upstream));
    }
    for (const name of [...run.runtime.containers.keys()]) await run.runtime.removeContainer(name);
    for (const name of [...run.runtime.networks.keys()]) await run.runtime.removeNetwork(name);
    return run;
  }

  it('bring back the roles that they record: the promoted master has the newest data', async () => {
    const run = await promotedAndDown();
    await run.start({ topology: topology({ replicas: 3 }) });
    const upstreams = [1, 2, 3, 4].map((number) =>
      upstreamIn(run.runtime.file(`rrepl-demo-redis-${number}`, CONF_FILE)?.text ?? ''),
    );
    expect(upstreams).toEqual(['redis-2', null, 'redis-2', 'redis-2']);
    expect(run.notes).toEqual(['redis-2 stays the master: its redis.conf says that it is']);
  });

  const clean = await promotedAndDown();
  const kept = clean.runtime.inventory();
  const before = clean.runtime.calls.length;
  await clean.start();
  const calls = clean.runtime.calls.slice(before).map((call, index) => [index + 1, call] as const);

  it.each(calls)('stay if an engine call fails: call %i, %s', async (number) => {
    const run = await promotedAndDown();
    run.runtime.failAt(number, new EngineError(WORDS));
    expect((await rejection(run.start())).message).toContain(WORDS);
    expect(run.runtime.inventory()).toEqual(kept);
  });
});

describe('a failed run', () => {
  it('leaves what was there before it', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ replicas: 1 }) });
    const before = run.runtime.inventory();
    for (const name of ['rrepl-demo-redis-1', 'rrepl-demo-redis-2']) {
      await run.runtime.removeContainer(name);
    }
    run.runtime.failOn('startContainer rrepl-demo-redis-2', new EngineError(WORDS));
    await rejection(run.start());
    const volumesAndNetworks = before.filter((name) => !/-redis-\d$/.test(name));
    expect(run.runtime.inventory()).toEqual(volumesAndNetworks);
  });

  it('does not touch what has one of our names and is not ours', async () => {
    const run = new FakeRun();
    run.runtime.add(foreignSpec('rrepl-demo-redis-2'), 'running');
    const error = await rejection(run.start());
    expect(error).toBeInstanceOf(InvalidTopologyError);
    expect(error.message).toMatch(/a container rrepl-demo-redis-2 .* not rrepl's: rrepl leaves it/);
    expect(run.runtime.inventory()).toEqual(['rrepl-demo-redis-2']);
    expect(run.runtime.containers.get('rrepl-demo-redis-2')?.state).toBe('running');
  });

  it('nor a network or a volume, which the engine would let it use', async () => {
    const run = new FakeRun();
    const other = { [LABEL.topology]: 'other' };
    await run.runtime.createNetwork('rrepl-demo_replication', {}, '198.18.9.0/24');
    await run.runtime.createVolume('rrepl-demo-redis-1-data', other);
    const before = run.runtime.inventory();
    const error = await rejection(run.start());
    expect(error.message).toContain(
      "a network rrepl-demo_replication already, and it is not rrepl's",
    );
    expect(error.message).toContain(
      'a volume rrepl-demo-redis-1-data already, and it is of the topology other',
    );
    expect(run.runtime.inventory()).toEqual(before);
    const inFolder = topology({ dir: mkdtempSync(join(tmpdir(), 'rrepl-test-')) });
    onTestFinished(() => rmSync(inFolder.dir ?? '', { recursive: true }));
    expect((await rejection(run.start({ topology: inFolder }))).message).not.toContain('a volume');
  });

  it('does not touch what another run makes of the same topology at the same time', async () => {
    const run = new FakeRun();
    const results = await Promise.allSettled([run.start(), run.start()]);
    const winners = results.filter(({ status }) => status === 'fulfilled');
    const made = run.runtime.inventory();
    expect(made).toEqual(winners.length === 0 ? [] : expect.arrayContaining(['rrepl-demo']));
    // Whoever reports success has a whole topology.
    if (winners.length > 0) expect(made).toHaveLength(11);
  });

  it('says what it could not remove', async () => {
    const run = new FakeRun();
    run.runtime.failure = ({ text }) =>
      text === 'startContainer rrepl-demo-redis-1' || text === 'removeContainer rrepl-demo-redis-1'
        ? { error: new EngineError(WORDS) }
        : undefined;
    await rejection(run.start({ topology: topology({ replicas: 0 }) }));
    expect(run.notes).toEqual([
      'left behind: rrepl-demo-redis-1, rrepl-demo, rrepl-demo_replication, rrepl-demo-redis-1-conf, rrepl-demo-redis-1-data; `rrepl down --name demo` removes it (--volumes: with the data)',
    ]);
  });

  it('tries again what could not be removed at first', async () => {
    const run = new FakeRun();
    let removals = 0;
    run.runtime.failure = ({ text }) => {
      if (text === 'startContainer rrepl-demo-redis-1') return { error: new EngineError(WORDS) };
      if (!text.startsWith('removeContainer')) return undefined;
      removals += 1;
      return removals === 1 ? { error: new EngineError('busy') } : undefined;
    };
    const error = await rejection(run.start());
    expect(error.message).toBe(WORDS);
    expect(run.runtime.inventory()).toEqual([]);
  });

  it('removes what the engine made only after the call was given up', async () => {
    const run = new FakeRun();
    const late = new DeadlineError('demo is not up after 1 s');
    const { createNetwork } = run.runtime;
    run.runtime.createNetwork = async (name, labels, subnet) => {
      setTimeout(() => createNetwork.call(run.runtime, name, labels, subnet), 200);
      throw late;
    };
    expect((await rejection(run.start())).message).toContain(late.message);
    await sleep(300);
    expect(run.runtime.inventory()).toEqual([]);
  });

  it('says that it could not clean up at all, and why it failed', async () => {
    const run = new FakeRun();
    let down = false;
    run.runtime.failure = ({ text }) => {
      down ||= text === 'startContainer rrepl-demo-redis-1';
      // It still tells its version.
      return down && text !== 'engine' ? { error: new EngineError(WORDS) } : undefined;
    };
    const error = await rejection(run.start());
    expect(error.message).toBe(WORDS);
    expect(run.notes.join('\n')).toContain(`the clean-up failed: ${WORDS}`);
  });

  it('tells why it failed also if the engine can not be reached any more', async () => {
    const run = new FakeRun();
    run.runtime.failOn('startContainer rrepl-demo-redis-1', new EngineError(WORDS));
    let connections = 0;
    const connectRuntime = async () => {
      connections += 1;
      if (connections > 1) throw new EngineError('no engine');
      return run.runtime;
    };
    expect((await rejection(run.start({ connectRuntime }))).message).toBe(WORDS);
    expect(run.notes).toEqual([
      'the engine does not answer, so what was created is kept; when it does again, `rrepl up --name demo` finishes it, `rrepl down --name demo` removes it (--volumes: with the data)',
    ]);
  });

  it('keeps everything with retain, and says how to remove it', async () => {
    const run = new FakeRun();
    run.runtime.failOn('startContainer rrepl-demo-redis-1', new EngineError(WORDS));
    await rejection(run.start({ retain: true, topology: topology({ replicas: 0 }) }));
    expect(run.runtime.inventory()).toHaveLength(5);
    expect(run.notes).toEqual([
      'what was created is kept; `rrepl down --name demo` removes it (--volumes: with the data)',
    ]);
  });

  it('cleans up after an interruption, and ends with it', async () => {
    const run = new FakeRun();
    const controller = new AbortController();
    const interruption = new InterruptedError('SIGINT');
    run.servers.linkDown.add('redis-2');
    const { signal } = controller;
    setTimeout(() => controller.abort(interruption), 100);
    expect(await rejection(run.start({ signal }))).toBe(interruption);
    expect(run.runtime.inventory()).toEqual([]);
    expect(run.servers.open).toBe(0);
  });

  it('removes the folders that it made, and none that was there', async () => {
    const home = mkdtempSync(join(tmpdir(), 'rrepl-test-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const run = new FakeRun();
    const wanted = topology({ replicas: 0, dir: join(home, 'demo') });
    run.runtime.failOn('startContainer rrepl-demo-redis-1', new EngineError(WORDS));
    run.runtime.onStart = () => {};
    await rejection(run.start({ topology: wanted }));
    expect(existsSync(join(home, 'demo'))).toBe(false);
    expect(existsSync(home)).toBe(true);
  });
});

describe('a server that does not come up', () => {
  it('is told of at the deadline, node by node, with its log', async () => {
    const run = new FakeRun();
    run.servers.silent.add('redis-1');
    run.runtime.onStart = ({ log }) => log.push('1:M 22 Nov 2026 20:42:27.283 * Loading RDB');
    const wanted = topology({ replicas: 1 });
    const error = await rejection(run.start({ topology: wanted, deadline: new Deadline(60) }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error.message).toMatchInlineSnapshot(`
      "gave up after 60 ms waiting for PONG from redis-1; no reply from redis-1 to PING: ECONNREFUSED
      redis-1: waiting for PONG
          1:M 22 Nov 2026 20:42:27.283 * Loading RDB
      redis-2: write redis.conf: done"
    `);
    expect(hintFor(error)).toContain('--timeout');
    expect(run.runtime.inventory()).toEqual([]);
  });

  it('says what keeps a replica from being in sync', async () => {
    const run = new FakeRun();
    run.servers.linkDown.add('redis-2');
    const error = await rejection(run.start({ deadline: new Deadline(150) }));
    expect(error.message).toContain(
      'waiting for redis-2 to replicate from redis-1 (seen: link down)',
    );
    expect(error.message).toContain('\nredis-2: link down');
  });

  it('names the log of a node that was there before, too', async () => {
    const run = new FakeRun();
    const wanted = topology({ replicas: 0 });
    run.runtime.onStart = ({ log }) => log.push('1:M 22 Nov 2026 20:42:27.283 * Ready');
    await run.start({ topology: wanted });
    run.servers.silent.add('redis-1');
    const error = await rejection(run.start({ topology: wanted, deadline: new Deadline(60) }));
    expect(error.message).toContain('redis-1: waiting for PONG\n    1:M 22 Nov 2026');
  });

  // With a restart policy the engine starts it over and over.
  it.each(['exited', 'restarting'] as const)(
    'is told of at once if it refuses its configuration: %s',
    async (state) => {
      const run = new FakeRun();
      run.runtime.onStart = (container) => {
        container.state = state;
        container.exitCode = 1;
        container.log.push(
          '*** FATAL CONFIG FILE ERROR (Redis 6.0.16) ***',
          'Reading the configuration file, at line 3',
          ">>> 'foo bar'",
          'Bad directive or wrong number of arguments',
        );
      };
      const error = await rejection(run.start());
      expect(error).toBeInstanceOf(InvalidError);
      expect(error.message.split('\n')[0]).toBe(
        "redis-1 refused its configuration: 'foo bar': Bad directive or wrong number of arguments",
      );
      expect(run.runtime.inventory()).toEqual([]);
    },
  );

  it('is waited for if the engine starts it again', async () => {
    const run = new FakeRun();
    run.runtime.onStart = (container) => {
      container.state = 'restarting';
      setTimeout(() => {
        container.state = 'running';
      }, 300);
    };
    await run.start();
    expect(run.runtime.inventory()).toHaveLength(11);
  });

  it.each([
    [{ exitCode: 3, oomKilled: false }, 'redis-1 exited with code 3'],
    [{ exitCode: 137, oomKilled: true }, 'redis-1 was killed for lack of memory'],
  ])('or exits for another reason: %o', async (end, words) => {
    const run = new FakeRun();
    run.runtime.onStart = (container) => {
      Object.assign(container, { state: 'exited', ...end });
      container.log.push('goodbye');
    };
    const error = await rejection(run.start());
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toBe(`${words}\n  goodbye`);
  });

  it('or is gone', async () => {
    const run = new FakeRun();
    run.runtime.onStart = ({ spec }) => run.runtime.containers.delete(spec.name);
    const error = await rejection(run.start());
    expect(error.message).toBe('redis-1: its container rrepl-demo-redis-1 is gone');
  });
});

describe('a port that is taken between the look and the start', () => {
  it('gives way to the next, also if no look shows who has it', async () => {
    const run = new FakeRun();
    run.runtime.busyPorts.add(6381);
    const plan = await run.start({ topology: topology({ replicas: 1 }) });
    expect(run.notes).toEqual([
      'port 6381 was taken meanwhile: trying the next',
      'port 6381 is taken: redis-1 is published on 6382',
    ]);
    const ports = plan.steps.flatMap((step) => (step.kind === 'waitReady' ? [step.port] : []));
    expect(ports).toEqual([6382, 6383]);
    expect(run.runtime.inventory()).toHaveLength(8);
  });

  it('gives way to one far away if that is lost, too: others look for the next as well', async () => {
    const run = new FakeRun();
    for (let port = 6381; port < 6386; port += 1) run.runtime.busyPorts.add(port);
    await run.start();
    expect(run.notes).toEqual(
      expect.arrayContaining([
        'port 6381 was taken meanwhile: trying the next',
        'port 6382 was taken meanwhile: trying the next',
      ]),
    );
    const [master] = run.runtime.containers.values();
    expect(master?.spec.publish.hostPort).toBeGreaterThan(6385);
    expect(run.runtime.inventory()).toHaveLength(11);
  });

  it('is given up on after six', async () => {
    const run = new FakeRun();
    for (let port = 6381; port < 9000; port += 1) run.runtime.busyPorts.add(port);
    expect(await rejection(run.start())).toBeInstanceOf(PortTakenError);
    const starts = run.runtime.calls.filter((call) => call === 'startContainer rrepl-demo-redis-1');
    expect(starts).toHaveLength(6);
    expect(run.runtime.inventory()).toEqual([]);
  });

  it('ends the run if it was asked for', async () => {
    const run = new FakeRun();
    run.runtime.busyPorts.add(6381);
    const wanted = topology({ port: { first: 6381, asked: true } });
    expect(await rejection(run.start({ topology: wanted }))).toBeInstanceOf(PortTakenError);
    expect(run.runtime.inventory()).toEqual([]);
    expect(run.notes).toEqual([]);
  });

  it('ends the run if it is that of a container that was there', async () => {
    const run = new FakeRun();
    await run.start();
    await run.runtime.stopContainer('rrepl-demo-redis-2');
    run.runtime.busyPorts.add(6382);
    expect(await rejection(run.start())).toBeInstanceOf(PortTakenError);
    expect(run.notes).toEqual([]);
    expect(run.runtime.inventory()).toHaveLength(11);
  });

  it('gives way if its container was never started: an `up` was killed before', async () => {
    const run = new FakeRun();
    run.runtime.failure = ({ text }) =>
      text.startsWith('startContainer') ? { error: new EngineError('not today') } : undefined;
    await rejection(run.start({ retain: true }));
    run.runtime.failure = () => undefined;
    run.runtime.busyPorts.add(6381);
    await run.start();
    expect(run.notes.at(-1)).toBe('port 6381 is taken: redis-1 is published on 6384');
    const ports = [...run.runtime.containers.values()].map(({ spec }) => spec.publish.hostPort);
    expect(ports.sort()).toEqual([6382, 6383, 6384]);
    expect(run.runtime.inventory()).toHaveLength(11);
  });

  it('is a problem of the plan if it was asked for and is seen to be taken', async () => {
    const run = new FakeRun();
    run.runtime.add(foreignSpec('web', 6382), 'running');
    const wanted = topology({ port: { first: 6381, asked: true } });
    const error = await rejection(run.start({ topology: wanted }));
    expect(error).toBeInstanceOf(InvalidTopologyError);
    expect(error.message).toContain('is taken by container web');
    expect(run.runtime.inventory()).toEqual(['web']);
  });
});

describe('subnets and addresses', () => {
  const subnets = (run: FakeRun) => [...run.runtime.networks.values()].flatMap((it) => it.subnets);
  const replication = 'rrepl-demo_replication';
  const addresses = (run: FakeRun) =>
    Object.fromEntries(
      [...run.runtime.containers.values()].map(({ spec, networks }) => [
        spec.labels[LABEL.node],
        networks.get(replication)?.address,
      ]),
    );
  const taken = new EngineError('Pool overlaps', { about: { code: 'subnet-taken' } });

  it('are chosen with the calls that networks need in any case', async () => {
    const run = new FakeRun();
    await run.start();
    const calls = run.runtime.calls.filter((call) => /Network/.test(call));
    const count = (word: string) => calls.filter((call) => call.startsWith(word)).length;
    // What the topology has, and what the engine has.
    expect(count('listNetworks')).toBe(2);
    expect([count('createNetwork'), count('removeNetwork'), count('connectNetwork')]).toEqual([
      2, 0, 3,
    ]);
  });

  it('a subnet that is taken between the look and the call gives way to the next', async () => {
    const run = new FakeRun();
    const once = new FakeRun();
    await once.start();
    let failures = 0;
    run.runtime.failure = ({ text }) => {
      if (text !== `createNetwork ${replication}` || failures > 0) return undefined;
      failures += 1;
      return { error: taken };
    };
    await run.start();
    const [, second = ''] = subnets(once);
    expect(run.notes).toEqual([`subnet ${second} was taken meanwhile: trying the next`]);
    expect(subnets(run)).toHaveLength(2);
    expect(subnets(run)).not.toContain(second);
    expect(run.runtime.inventory()).toEqual(once.runtime.inventory());
  });

  it('six of them end the run, and nothing is left', async () => {
    const run = new FakeRun();
    run.runtime.failOn(`createNetwork ${replication}`, taken);
    expect(await rejection(run.start())).toBe(taken);
    expect(run.notes).toHaveLength(5);
    expect(run.runtime.inventory()).toEqual([]);
  });

  it('stay with the nodes, also when a node is cut off, made anew or joined by others', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ replicas: 1 }) });
    const first = addresses(run);
    expect(first).toEqual({
      'redis-1': expect.stringMatching(/\.11$/),
      'redis-2': expect.stringMatching(/\.12$/),
    });
    await run.runtime.disconnectNetwork(replication, 'rrepl-demo-redis-2');
    await run.start({ topology: topology({ replicas: 1 }) });
    expect(addresses(run)).toEqual(first);
    await run.runtime.removeContainer('rrepl-demo-redis-2');
    const containers = { ...topology().containers, memoryBytes: 2 ** 28 };
    await run.start({ topology: topology({ replicas: 2, containers }) });
    expect(addresses(run)).toMatchObject(first);
    expect(addresses(run)['redis-3']).toMatch(/\.13$/);
  });

  it('an older topology goes on with those that the engine finds, and grows', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ replicas: 1 }) });
    forget(run);
    await run.runtime.disconnectNetwork(replication, 'rrepl-demo-redis-2');
    const made = [...run.runtime.containers.values()].map(({ id }) => id);
    await run.start({ topology: topology({ replicas: 2 }) });
    const now = [...run.runtime.containers.values()];
    expect(now.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(now).toHaveLength(3);
    for (const address of Object.values(addresses(run))) expect(address).toMatch(/^10\.0\.0\./);
  });

  it('come from another range if one is said', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ subnets: '10.200.0.0/16' }) });
    for (const subnet of subnets(run)) expect(subnet).toMatch(/^10\.200\.\d+\.0\/24$/);
  });

  it('no subnet that is free is a problem of the plan', async () => {
    const run = new FakeRun();
    await run.runtime.createNetwork('half', {}, '198.18.0.0/16');
    await run.runtime.createNetwork('rest', {}, '198.19.0.0/16');
    const error = await rejection(run.start());
    expect(error).toBeInstanceOf(InvalidTopologyError);
    expect(error.message).toContain('no subnet of 198.18.0.0/15 is free');
    expect(run.runtime.inventory()).toEqual(['half', 'rest']);
  });
});

/** As a version of rrepl has made it that left addresses to the engine. */
function forget({ runtime }: FakeRun): void {
  for (const network of [...runtime.networks.values()]) {
    const { [LABEL.subnet]: _, ...labels } = network.labels;
    runtime.networks.set(network.name, { ...network, labels, subnets: ['172.18.0.0/16'] });
  }
  for (const container of [...runtime.containers.values()]) {
    const { [LABEL.host]: _, ...labels } = container.spec.labels;
    const { name } = container.spec;
    runtime.containers.set(name, { ...container, spec: { ...container.spec, labels } });
    const attached = container.networks.get('rrepl-demo_replication');
    if (attached)
      container.networks.set('rrepl-demo_replication', {
        ...attached,
        address: `10.0.0.${name.at(-1)}`,
      });
  }
}
