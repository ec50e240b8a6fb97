/** Changing a topology that is there, on an engine whose every call may fail. */
import { describe, expect, it } from 'vitest';
import { upstreamIn, withUpstream } from '../../../src/config/upstream.js';
import { recordIn } from '../../../src/config/wish-record.js';
import { CONF_FILE } from '../../../src/docker/names.js';
import { EngineError, FailedError, InvalidTopologyError } from '../../../src/errors.js';
import type { RunEvent } from '../../../src/execute/world.js';
import { changesOf } from '../../../src/plan/plan-text.js';
import type { Present } from '../../../src/topology/present.js';
import type { Topology } from '../../../src/topology/topology.js';
import { REDIS_IMAGE } from '../../support/fake-runtime.js';
import { FakeRun, rejection } from '../../support/run.js';
import { node, topology } from '../../support/topologies.js';

const WORDS = 'the engine said no';

const databases = (count: string) => ({ name: 'databases', args: [count] });

function withDatabases(wish: Topology, count: string): Topology {
  return { ...wish, nodes: wish.nodes.map((it) => ({ ...it, directives: [databases(count)] })) };
}

/** From three nodes of 6.0 to two of 7.0 with another directive: every kind of change in one. */
const BEFORE = topology({ replicas: 2 });
const AFTER = withDatabases(topology({ replicas: 1, image: 'redis:7.0' }), '32');

async function up(): Promise<FakeRun> {
  const run = new FakeRun();
  run.runtime.images.set('redis:7.0', REDIS_IMAGE);
  await run.start({ topology: BEFORE });
  return run;
}

const confOf = ({ runtime }: FakeRun, container: string): string =>
  runtime.file(container, CONF_FILE)?.text ?? '';

/** One master, one replica of it, both as wished and running, and nothing else. */
function expectChanged(run: FakeRun): void {
  const containers = [...run.runtime.containers.values()];
  expect(containers.map(({ spec, state }) => [spec.name, spec.image, state]).sort()).toEqual([
    ['rrepl-demo-redis-1', 'redis:7.0', 'running'],
    ['rrepl-demo-redis-2', 'redis:7.0', 'running'],
  ]);
  const confs = ['rrepl-demo-redis-1', 'rrepl-demo-redis-2'].map((name) => confOf(run, name));
  expect(confs.map(upstreamIn).filter((upstream) => upstream === null)).toHaveLength(1);
  for (const conf of confs) {
    expect(conf).toMatch(/^databases 32$/m);
    expect(recordIn(conf)).toMatchObject({ image: 'redis:7.0' });
  }
  expect([...run.runtime.volumes.keys()].filter((name) => name.includes('redis-3'))).toEqual([]);
  expect(run.servers.open).toBe(0);
}

it('ends with what was wished, and then has nothing to change', async () => {
  const run = await up();
  await run.start({ topology: AFTER });
  expectChanged(run);
  expect(changesOf(await run.start({ topology: AFTER }))).toEqual([]);
});

it('keeps at least one node that takes writes at every moment', async () => {
  const run = await up();
  const masters: number[] = [];
  run.runtime.failure = () => {
    const running = [...run.runtime.containers.values()].filter(({ state }) => state === 'running');
    masters.push(running.filter(({ spec }) => upstreamIn(confOf(run, spec.name)) === null).length);
    return undefined;
  };
  await run.start({ topology: AFTER });
  expect(new Set(masters)).toEqual(new Set([1]));
});

describe('any engine call that fails', async () => {
  const clean = await up();
  const before = clean.runtime.calls.length;
  await clean.start({ topology: AFTER });
  const calls = clean.runtime.calls.slice(before).map((call, index) => [index + 1, call] as const);

  it.each([
    ...calls.map((it) => [...it, false] as const),
    ...calls.map((it) => [...it, true] as const),
  ])(
    'leaves what the next run finishes: call %i, %s, carried out all the same: %s',
    async (number, _call, carriedOut) => {
      const run = await up();
      const kept = ['rrepl-demo-redis-1-data', 'rrepl-demo-redis-2-data'];
      const volumes = kept.map((name) => run.runtime.volumes.get(name));
      run.runtime.failAt(number, new EngineError(WORDS), carriedOut);
      expect((await rejection(run.start({ topology: AFTER }))).message).toContain(WORDS);
      expect(kept.map((name) => run.runtime.volumes.get(name))).toEqual(volumes);
      expect(kept.every((name, at) => run.runtime.volumes.get(name) === volumes[at])).toBe(true);
      run.runtime.failure = () => undefined;
      await run.start({ topology: AFTER });
      expectChanged(run);
      expect(kept.every((name, at) => run.runtime.volumes.get(name) === volumes[at])).toBe(true);
    },
  );
});

it('says that what is done stays, once something is done that was not made by this run', async () => {
  const run = await up();
  run.runtime.failOn('startContainer rrepl-demo-redis-2', new EngineError(WORDS));
  await rejection(run.start({ topology: AFTER }));
  expect(run.notes.at(-1)).toContain('what is done stays');
  expect(run.runtime.containers.has('rrepl-demo-redis-2')).toBe(true);
});

it('a new node that has become the master is not undone', async () => {
  const run = await up();
  const [master] = topology({ nodes: [node('other', null)] }).nodes;
  const wanted = topology({ nodes: master ? [master] : [] });
  run.runtime.failOn('removeContainer rrepl-demo-redis-1', new EngineError(WORDS));
  await rejection(run.start({ topology: wanted }));
  expect(run.runtime.containers.get('rrepl-demo-other')?.state).toBe('running');
  run.runtime.failure = () => undefined;
  await run.start({ topology: wanted });
  expect([...run.runtime.containers.keys()]).toEqual(['rrepl-demo-other']);
});

it('containers over kept volumes that turn out to need another image are undone all the same', async () => {
  const run = await up();
  await run.start({ topology: AFTER });
  const names = [...run.runtime.containers.keys()];
  for (const name of names) await run.runtime.stopContainer(name);
  for (const name of names) await run.runtime.removeContainer(name);
  run.runtime.failOn('startContainer rrepl-demo-redis-1', new EngineError(WORDS));
  const resolve = (present: Present | null) => ({
    ...AFTER,
    image: present?.images[0] ?? 'redis:6.0',
  });
  const wish = { name: 'demo', dir: null, resolve };
  await rejection(run.start({ wish }));
  expect([...run.runtime.containers.keys()]).toEqual([]);
  run.runtime.failure = () => undefined;
  await run.start({ wish });
  expectChanged(run);
});

it('a replica too many that does not come up is undone, and the others are left alone', async () => {
  const run = await up();
  const before = run.runtime.inventory();
  run.runtime.failOn('startContainer rrepl-demo-redis-4', new EngineError(WORDS));
  await rejection(run.start({ topology: topology({ replicas: 3 }) }));
  expect(run.runtime.inventory()).toEqual(before);
});

it('an image that can not read the data is refused, and its probe is the only thing that ran', async () => {
  const run = await up();
  run.runtime.images.set('redis:5.0', REDIS_IMAGE);
  run.runtime.images.set('redis:4.0', REDIS_IMAGE);
  const error = await rejection(run.start({ topology: topology({ image: 'redis:4.0' }) }));
  expect(error).toBeInstanceOf(InvalidTopologyError);
  expect(run.runtime.calls.filter((call) => /^(run|stop|remove|create)/.test(call)).at(-1)).toBe(
    'runOnce redis:4.0 redis-server --version',
  );
  await run.start({ topology: topology({ image: 'redis:5.0' }) });
});

it('an image that is missing is pulled before it is asked what it runs', async () => {
  const run = await up();
  run.runtime.images.delete('redis:7.0');
  run.runtime.registry.set('redis:7.0', REDIS_IMAGE);
  await run.start({ topology: AFTER });
  expectChanged(run);
});

it('what a server refuses is changed nowhere', async () => {
  const run = await up();
  run.servers.refused.add('hz many');
  const nodes = BEFORE.nodes.map((it) => ({
    ...it,
    directives: [{ name: 'hz', args: ['many'] }],
  }));
  const error = await rejection(run.start({ topology: { ...BEFORE, nodes } }));
  expect(error.message).toBe('redis-3 refused hz many: ERR Invalid argument');
  expect([...run.runtime.containers.keys()].some((name) => /hz/.test(confOf(run, name)))).toBe(
    false,
  );
  expect(changesOf(await run.start({ topology: BEFORE }))).toEqual([]);
});

it('a redis.conf that somebody else writes meanwhile is not overwritten', async () => {
  const run = await up();
  const first = 'rrepl-demo-redis-1';
  const moved = withUpstream(confOf(run, first), 'redis-2');
  // By then the plan is made.
  const emit = (event: RunEvent) => {
    if (event.type === 'begun') run.runtime.put(first, CONF_FILE, moved);
  };
  const hz = [{ name: 'hz', args: ['20'] }];
  const wish = { ...BEFORE, nodes: BEFORE.nodes.map((it) => ({ ...it, directives: hz })) };
  const error = await rejection(run.start({ topology: wish, emit }));
  expect(error).toBeInstanceOf(FailedError);
  expect(error.message).toBe('the redis.conf of redis-1 was changed meanwhile, and was left so');
  expect(confOf(run, first)).toBe(moved);
});

describe('what a server refuses as it starts', () => {
  const CONTAINERS = ['rrepl-demo-redis-1', 'rrepl-demo-redis-2', 'rrepl-demo-redis-3'];
  const bad = (wish: Topology = BEFORE) => withDatabases(wish, 'many');

  /** Its servers exit where their redis.conf says `databases many`. */
  async function strict(): Promise<FakeRun> {
    const run = await up();
    run.runtime.onStart = (container) => {
      if (!confOf(run, container.spec.name).includes('databases many')) return;
      Object.assign(container, { state: 'exited', exitCode: 1 });
      container.log.push(">>> 'databases many'", 'Invalid number of databases');
    };
    return run;
  }

  const confs = (run: FakeRun) => CONTAINERS.map((name) => confOf(run, name));
  const states = (run: FakeRun) =>
    CONTAINERS.map((name) => run.runtime.containers.get(name)?.state);

  it('is put back where it ran, and it runs again', async () => {
    const run = await strict();
    const before = confs(run);
    const error = await rejection(run.start({ topology: bad() }));
    expect(error.message).toContain('redis-3 refused its configuration');
    expect(confs(run)).toEqual(before);
    expect(states(run)).toEqual(['running', 'running', 'running']);
    expect(run.notes.at(-1)).toBe('the former redis.conf is in its place again: redis-3');
    expect(changesOf(await run.start({ topology: BEFORE }))).toEqual([]);
    expect(run.servers.open).toBe(0);
  });

  it('leaves alone those that run with what they took', async () => {
    const run = await strict();
    const before = confs(run);
    const nodes = BEFORE.nodes.map((it) => ({
      ...it,
      directives: [databases(it.name === 'redis-3' ? '20' : 'many')],
    }));
    await rejection(run.start({ topology: { ...BEFORE, nodes } }));
    const [master, replica, took] = confs(run);
    expect([master, replica]).toEqual(before.slice(0, 2));
    expect(took).toContain('databases 20');
    expect(states(run)).toEqual(['running', 'running', 'running']);
    expect(run.notes).toContain('the former redis.conf is in its place again: redis-2');
  });

  it.each([[['rrepl-demo-redis-2']], [CONTAINERS]])(
    'is put back where nothing ran: %o',
    async (stopped) => {
      const run = await strict();
      const before = confs(run);
      for (const name of stopped) await run.runtime.stopContainer(name);
      await rejection(run.start({ topology: bad() }));
      expect(confs(run)).toEqual(before);
      expect(states(run)).toEqual(
        CONTAINERS.map((name) => (stopped.includes(name) ? 'exited' : 'running')),
      );
      await run.start({ topology: BEFORE });
      expect(states(run)).toEqual(['running', 'running', 'running']);
    },
  );

  it('is put back in kept volumes', async () => {
    const run = await strict();
    for (const name of CONTAINERS) await run.runtime.removeContainer(name);
    await rejection(run.start({ topology: bad() }));
    expect([...run.runtime.containers.keys()]).toEqual([]);
    await run.start({ topology: BEFORE });
    expect(states(run)).toEqual(['running', 'running', 'running']);
    expect(confs(run).join()).not.toContain('many');
  });

  it('leaves what another image needs to the command that goes on', async () => {
    const run = await strict();
    await rejection(run.start({ topology: bad({ ...BEFORE, image: 'redis:7.0' }) }));
    expect(run.notes.at(-1)).toContain(
      'what is done stays; `rrepl up --name demo` goes on from there',
    );
    expect(states(run)).toEqual(['running', 'running', 'running']);
    expect(confs(run).join()).not.toContain('many');
  });
});

it('what one server refuses at run time is put back on the others, and in no file', async () => {
  const run = await up();
  const before = [1, 2, 3].map((at) => confOf(run, `rrepl-demo-redis-${at}`));
  const hz = (value: string) => [{ name: 'hz', args: [value] }];
  const nodes = BEFORE.nodes.map((it) => ({ ...it, directives: hz('20') }));
  nodes[0] = { ...node('redis-1', null), directives: hz('many') };
  await run.runtime.stopContainer('rrepl-demo-redis-2');
  run.servers.refused.add('hz many');
  await rejection(run.start({ topology: { ...BEFORE, nodes } }));
  expect(run.servers.settings.get('redis-3')?.get('hz')).toBe('');
  expect([1, 2, 3].map((at) => confOf(run, `rrepl-demo-redis-${at}`))).toEqual(before);
});
