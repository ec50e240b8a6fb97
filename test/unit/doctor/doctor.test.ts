import { beforeEach, describe, expect, it } from 'vitest';
import { hintOf } from '../../../src/cli/hints/index.js';
import type { Runtime } from '../../../src/docker/runtime.js';
import { examine } from '../../../src/doctor/doctor.js';
import type { ThisHost } from '../../../src/doctor/this-host.js';
import { EngineError } from '../../../src/errors.js';
import { FakeRuntime, REDIS_IMAGE } from '../../support/fake-runtime.js';
import { FakeRun } from '../../support/run.js';
import { foreignSpec, topology } from '../../support/topologies.js';

const HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled';

let runtime: FakeRuntime;
let files: Record<string, string>;
let freeBytes: number | null;

beforeEach(() => {
  runtime = new FakeRuntime();
  files = { '/proc/sys/vm/overcommit_memory': '1\n', [HUGE_PAGES]: 'always [madvise] never\n' };
  freeBytes = 2 ** 40;
});

async function doctor(
  wanted = topology(),
  more: Partial<ThisHost> = {},
  engine: Runtime = runtime,
) {
  const host: ThisHost = {
    kernel: '6.1.0-test',
    read: async (path) => files[path] ?? null,
    freeBytes: async () => freeBytes,
    ...more,
  };
  const findings = await examine({ connect: async () => engine, topology: wanted, host });
  const find = (wantedId: string) => {
    const found = findings.find(({ id }) => id === wantedId);
    const remedy = found?.about === undefined ? found?.remedy : hintOf(found.about);
    return [found?.condition, found?.seen, remedy];
  };
  return { findings, find };
}

it('finds nothing where all is well', async () => {
  const { findings } = await doctor();
  expect(findings.map(({ id, condition }) => `${id} ${condition}`)).toEqual([
    'engine ok',
    'context ok',
    'image ok',
    'ports ok',
    'disk ok',
    'overcommit ok',
    'huge-pages ok',
    'leftovers ok',
  ]);
  expect(findings.every(({ remedy }) => remedy === null)).toBe(true);
});

it('changes nothing', async () => {
  runtime.images.clear();
  runtime.registry.set('redis:6.0', REDIS_IMAGE);
  await doctor();
  const readOnly = /^(engine|host|image|findInRegistry|list(Containers|Networks|Volumes))\b/;
  expect(runtime.calls.filter((call) => !readOnly.test(call))).toEqual([]);
});

describe('the engine', () => {
  it('is all there is to say if it does not answer', async () => {
    runtime.failOn(
      'engine',
      new EngineError('it is gone', { about: { code: 'no-engine', denied: false } }),
    );
    const { findings } = await doctor();
    const error = expect.objectContaining({ code: 'no-engine' });
    expect(findings).toEqual([
      { id: 'engine', condition: 'fail', seen: 'it is gone', remedy: null, error },
    ]);
    const connect = () => Promise.reject(new EngineError('no engine found'));
    const host = { kernel: '', read: async () => null, freeBytes: async () => null };
    const [only] = await examine({ connect, topology: topology(), host });
    expect(only).toMatchObject({ condition: 'fail', seen: 'no engine found' });
  });

  it.each([
    [{ os: 'windows' }, 'fail'],
    [{ apiVersion: '1.40' }, 'warn'],
    [{ apiVersion: '1.47' }, 'ok'],
  ])('%o: %s', async (facts, condition) => {
    const engine = await runtime.engine();
    runtime.engine = async () => ({ ...engine, ...facts });
    expect((await doctor()).find('engine')[0]).toBe(condition);
  });

  it('elsewhere needs ports that can be reached from here', async () => {
    const there = Object.assign(runtime, { publishedHost: 'engine.lan' });
    const { findings } = await doctor(topology(), {}, there);
    expect(findings.find(({ id }) => id === 'context')).toMatchObject({
      condition: 'fail',
      seen: expect.stringContaining('the engine is on engine.lan'),
      error: { code: 'loopback-elsewhere' },
    });
  });
});

describe('the image', () => {
  beforeEach(() => runtime.images.clear());

  it('may be in the registry', async () => {
    runtime.registry.set('redis:6.0', REDIS_IMAGE);
    const [condition, seen] = (await doctor()).find('image');
    expect([condition, seen]).toEqual(['ok', expect.stringContaining('its registry has it')]);
  });

  it('may be nowhere', async () => {
    const [condition, seen] = (await doctor()).find('image');
    expect([condition, seen]).toEqual(['fail', 'cannot find image redis:6.0: unauthorized']);
  });
});

describe('ports', () => {
  beforeEach(() => runtime.add(foreignSpec('web', 6382), 'running'));

  it('give way where none is asked for', async () => {
    const [condition, seen] = (await doctor()).find('ports');
    expect(condition).toBe('ok');
    expect(seen).toContain('demo gets 6381, 6383, 6384; port 6382 is taken by container web');
  });

  it('do not where they are', async () => {
    const wanted = topology({ port: { first: 6381, asked: true } });
    const [condition, seen, remedy] = (await doctor(wanted)).find('ports');
    expect(condition).toBe('fail');
    expect(seen).toContain('port 6382, wanted for redis-2, is taken by container web');
    expect(remedy).toContain('choose others');
  });

  it('are its own if it is up', async () => {
    const run = new FakeRun();
    const wanted = topology({ replicas: 1, port: { first: 6381, asked: true } });
    await run.start({ topology: wanted });
    const { find } = await doctor(wanted, {}, run.runtime);
    expect(find('ports')).toEqual(['ok', 'demo gets 6381, 6382', null]);
  });
});

describe('the host', () => {
  it.each([
    ['0', 'warn'],
    ['1', 'ok'],
    ['2', 'warn'],
  ])('overcommit %s: %s', async (value, condition) => {
    files['/proc/sys/vm/overcommit_memory'] = value;
    const [found, , remedy] = (await doctor()).find('overcommit');
    expect(found).toBe(condition);
    if (condition === 'warn') expect(remedy).toContain('sysctl vm.overcommit_memory=1');
  });

  it('huge pages for everybody', async () => {
    files[HUGE_PAGES] = '[always] madvise never';
    expect((await doctor()).find('huge-pages').slice(0, 2)).toEqual([
      'warn',
      'transparent huge pages: always',
    ]);
    delete files[HUGE_PAGES];
    expect((await doctor()).find('huge-pages')[0]).toBe('ok');
  });

  it.each([
    [100 * 2 ** 20, 'fail'],
    [2 ** 30, 'warn'],
    [2 ** 32, 'ok'],
    [null, 'warn'],
  ])('%s bytes free: %s', async (free, condition) => {
    freeBytes = free;
    expect((await doctor()).find('disk')[0]).toBe(condition);
  });

  it('can’t be seen if it is another', async () => {
    const { findings } = await doctor(topology(), { kernel: '5.15.0-here' });
    const unseen = findings.filter(({ seen }) => seen.startsWith("can't be seen from here"));
    expect(unseen.map(({ id }) => id)).toEqual(['disk', 'overcommit', 'huge-pages']);
    expect(unseen.every(({ condition }) => condition === 'warn')).toBe(true);
    expect(unseen[0]?.seen).toContain('the engine runs on engine.test, kernel 6.1.0-test');
  });

  it('is one failure if the engine does not tell', async () => {
    runtime.failOn('host', new EngineError('no'));
    expect((await doctor()).find('host')[0]).toBe('fail');
  });
});

describe('leftovers', () => {
  it('are topologies that have expired', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ expires: Date.now() - 60_000 }) });
    const [condition, seen, remedy] = (await doctor(topology(), {}, run.runtime)).find('leftovers');
    expect(condition).toBe('warn');
    expect(seen).toMatch(/^demo \(expired 1 min/);
    expect(remedy).toContain('rrepl prune');
  });

  it('and networks without a node', async () => {
    const run = new FakeRun();
    await run.start();
    for (const name of [...run.runtime.containers.keys()]) run.runtime.containers.delete(name);
    for (const name of [...run.runtime.volumes.keys()]) run.runtime.volumes.delete(name);
    const [condition, , remedy] = (await doctor(topology(), {}, run.runtime)).find('leftovers');
    expect([condition, remedy]).toEqual(['warn', '`rrepl down --name demo` removes them']);
  });
});
