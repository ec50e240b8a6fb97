/** The library, as a program of somebody else's uses it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import {
  answer,
  attach,
  check,
  defineDrill,
  InvalidTopologyError,
  type OperationEvent,
  predict,
  runDrill,
  up,
  willBe,
} from '../../src/index.js';
import { docker, holdings, IMAGE, NOTHING, redis } from '../support/docker.js';
import { rrepl } from '../support/rrepl.js';

const OWN = /^temp-[0-9a-f]{8}$/;
const NAMED = 'library-named';

const expiryOf = async (topology: string): Promise<string> => {
  const label = '{{ index .Config.Labels "dev.rrepl.expires" }}';
  return docker('inspect', '--format', label, `rrepl-${topology}-redis-1`);
};

describe('a topology of its own', () => {
  it('is up with its addresses, replicates, and is gone with its block', async () => {
    let name = '';
    {
      await using topology = await up({ replicas: 2, image: IMAGE, config: { hz: 20 } });
      name = topology.name;
      expect(name).toMatch(OWN);
      expect(topology.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
      expect(topology.replicaUrls).toHaveLength(2);
      expect(topology.nodes.map((it) => `${it.name} ${it.role}`)).toEqual([
        'redis-1 master',
        'redis-2 replica',
        'redis-3 replica',
      ]);
      expect(await redis(name, 'redis-1', 'SET', 'key', 'value')).toBe('OK');
      expect((await topology.verify()).verdict).toBe('pass');
      expect(await redis(name, 'redis-1', 'CONFIG', 'GET', 'hz')).toBe('hz\n20');
      expect((await topology.why('replica')).syncs).toHaveLength(1);
      await topology.scale(1);
      expect(topology.nodes).toHaveLength(2);
      expect((await topology.logs({ node: 'master', tail: 1 })).map((it) => it.node)).toEqual([
        'redis-1',
      ]);
    }
    expect(await holdings(name)).toEqual(NOTHING);
  });

  it('is removed if the block throws', async () => {
    let name = '';
    const failing = async () => {
      await using topology = await up({ replicas: 0, image: IMAGE });
      name = topology.name;
      throw new Error('a test fails');
    };
    await expect(failing()).rejects.toThrow('a test fails');
    expect(name).toMatch(OWN);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  it('tells what it does, and leaves nothing when it is cancelled', async () => {
    const controller = new AbortController();
    const events: OperationEvent[] = [];
    const onEvent = (event: OperationEvent) => {
      events.push(event);
      if (event.type === 'done' && event.step.kind === 'startContainer') {
        controller.abort(new Error('no longer wanted'));
      }
    };
    const name = 'library-cancelled';
    const { signal } = controller;
    await expect(up({ name, image: IMAGE, signal, onEvent })).rejects.toThrow('no longer wanted');
    expect(events.map(({ type }) => type)).toContain('begun');
    expect(await holdings(name)).toEqual(NOTHING);
  });
});

it('moves the role, breaks nodes and heals them, and its addresses follow', async () => {
  await using topology = await up({ replicas: 2, image: IMAGE });
  const [former] = [topology.url];
  const { master } = await topology.switchover('redis-2');
  expect(master).toBe('redis-2');
  expect(topology.url).not.toBe(former);
  expect(topology.replicaUrls).toContain(former);
  await topology.pause('redis-3');
  expect((await topology.status()).nodes.map(({ state }) => state)).toEqual([
    'running',
    'running',
    'paused',
  ]);
  await topology.kill('master');
  await topology.promote('redis-1');
  expect(topology.url).toBe(former);
  await topology.heal();
  expect((await topology.verify()).verdict).toBe('pass');
  expect(topology.replicaUrls).toHaveLength(2);
  await expect(topology.disconnect('redis-9')).rejects.toMatchObject({ code: 'no-node' });
});

it('kills its master under load, accounts for every write, and follows the new one', async () => {
  await using topology = await up({ replicas: 2, image: IMAGE });
  const [former] = [topology.url];
  const tooMany = topology.killMaster({ wait: 9 });
  await expect(tooMany).rejects.toMatchObject({ code: 'wait-unmet' });
  expect((await topology.verify()).verdict).toBe('pass');
  const types = new Set<string>();
  const report = await topology.killMaster({
    ...{ wait: 1, rate: 200, before: 500, after: 500, seed: 7 },
    onEvent: ({ type }) => types.add(type),
  });
  expect(report).toMatchObject({ verdict: 'pass', wait: 1, seed: 7, killed: 'redis-1' });
  expect(types).toContain('timeline');
  const master = topology.nodes.find(({ role }) => role === 'master');
  expect(master?.name).toBe(report.promoted);
  expect(topology.url).toBe(master?.url);
  expect(topology.url).not.toBe(former);
  expect(topology.replicaUrls).toContain(former);
});

it('heals what a drill has broken when its listener throws, or it is cancelled', async () => {
  await using topology = await up({ replicas: 1, image: IMAGE });
  const listens = topology.killMaster({
    ...{ rate: 200, before: 500 },
    onEvent: ({ type }) => {
      if (type === 'writes') throw new Error('a listener fails');
    },
  });
  await expect(listens).rejects.toThrow('a listener fails');
  const controller = new AbortController();
  const cancelled = topology.killMaster({
    ...{ rate: 200, before: 500, after: 60_000, signal: controller.signal },
    onEvent: (event) => {
      if (event.type !== 'timeline' || event.event !== 'promoted') return;
      setTimeout(() => controller.abort(new Error('no longer wanted')), 500);
    },
  });
  await expect(cancelled).rejects.toThrow('no longer wanted');
  expect((await topology.verify()).verdict).toBe('pass');
});

it("plays a program's own drill; a claim that doesn't hold fails it", async () => {
  const drillOf = (is: string) =>
    defineDrill({
      name: 'fresh',
      claim: `A fresh topology holds ${is} keys.`,
      acts: [
        {
          title: 'nothing is written',
          topology: { replicas: 0 },
          steps: ({ master: node }) => {
            const look = answer('DBSIZE');
            const keys = willBe({ node, about: 'DBSIZE answers', is, because: 'it is new', look });
            return [predict(keys), check(keys)];
          },
        },
      ],
    });
  expect((await runDrill(drillOf('0'), { image: IMAGE })).verdict).toBe('pass');
  expect((await runDrill(drillOf('1'), { image: IMAGE })).verdict).toBe('fail');
});

describe('a name that the program gives', () => {
  afterEach(() => rrepl(['down', '--name', NAMED, '--volumes']));

  it('is removed if this call made it', async () => {
    {
      await using topology = await up({ name: NAMED, replicas: 0, image: IMAGE });
      expect(topology.name).toBe(NAMED);
      expect(Date.parse(await expiryOf(NAMED))).toBeGreaterThan(Date.now());
    }
    expect(await holdings(NAMED)).toEqual(NOTHING);
  });

  it('is left as it is if it was there before', async () => {
    await rrepl(['up', '--name', NAMED, '--replicas', '1', '--image', IMAGE]);
    const before = await holdings(NAMED);
    {
      await using topology = await up({ name: NAMED, image: IMAGE });
      expect(topology.replicaUrls).toHaveLength(1);
    }
    {
      await using topology = await attach(NAMED);
      expect(topology.replicaUrls).toHaveLength(1);
    }
    expect(await holdings(NAMED)).toEqual(before);
    expect(await expiryOf(NAMED)).toBe('');
  });

  it('must be there to be attached', async () => {
    await expect(attach('library-nowhere')).rejects.toMatchObject({
      code: 'no-topology',
      about: { topology: 'library-nowhere', volumes: 0 },
    });
  });
});

it('bad input is one error with all problems', async () => {
  const wrong = { replicas: -1, image: 'Not An Image', memroy: '1gb', config: { port: 1 } };
  const error = await up(wrong).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(InvalidTopologyError);
  const { problems } = error as InvalidTopologyError;
  expect(problems.map(({ source }) => source).sort()).toEqual([
    'config',
    'image',
    'memroy',
    'replicas',
  ]);
});

const SCRIPT = `
  const { up } = await import(process.argv[1]);
  const topology = await up({ replicas: 1, image: process.argv[2], ttl: '1s' });
  console.log(topology.name);
  setInterval(() => {}, 1000);
`;

it('what a killed program leaves has an expiry, and prune removes it', async () => {
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const args = ['--input-type=module', '--eval', SCRIPT, library, IMAGE];
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [name] = (await once(createInterface(program.stdout), 'line')) as [string];
  expect(name).toMatch(OWN);
  program.kill('SIGKILL');
  await once(program, 'exit');
  expect((await holdings(name)).containers).toHaveLength(2);
  await expect
    .poll(async () => rrepl(['prune']), { timeout: 10_000 })
    .toContain(`${name}: expired`);
  expect(await rrepl(['prune', '--yes'])).toContain(`${name}: expired`);
  expect(await holdings(name)).toEqual(NOTHING);
});
