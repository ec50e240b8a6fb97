import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noteText } from '../../../../src/cli/hints/index.js';
import { EngineError } from '../../../../src/errors.js';
import { main } from '../../../../src/main.js';
import type { Engine, OperationEvent } from '../../../../src/operations/operation.js';
import { tellOfOtherDrills } from '../../../../src/operations/other-drills.js';
import type { NodeAddress } from '../../../../src/redis/ioredis-node.js';
import { FakeServers } from '../../../support/fake-redis.js';
import { FakeRuntime, REDIS_IMAGE } from '../../../support/fake-runtime.js';
import { UNKNOWN_OWNERS } from '../../../support/run.js';
import { expectShape } from '../../../support/shapes.js';
import { captured, noInput } from '../../../support/streams.js';
import { foreignSpec } from '../../../support/topologies.js';

let runtime: FakeRuntime;
let servers: FakeServers;

vi.mock('../../../../src/docker/connect.js', () => ({ connectEngine: async () => runtime }));
vi.mock('../../../../src/redis/ioredis-node.js', () => ({
  connectNode: ({ name, port }: NodeAddress) => servers.connect(runtime, name, port),
}));

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW);
  runtime = new FakeRuntime();
  runtime.nowMs = NOW;
  servers = new FakeServers(runtime);
});
afterEach(() => vi.restoreAllMocks());

async function rrepl(argv: string, io: { answer?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { answer, env = { TERM: 'dumb' } } = io;
  const typed = Object.assign(new PassThrough(), { isTTY: true });
  if (answer !== undefined) typed.end(answer);
  const stdin = answer === undefined ? noInput() : (typed as unknown as NodeJS.ReadStream);
  const streams = { stdin, stdout: captured(), stderr: captured(answer !== undefined) };
  const exitCode = await main(argv.split(' '), { ...streams, env, cwd: '/' });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

const up = (name: string, more = '') => rrepl(`up --name ${name} --replicas 0${more}`);

/** One that has expired for 5 minutes, one that has not, and one that never does. */
async function threeTopologies() {
  await up('old', ' --ttl 30m');
  await up('young', ' --ttl 2h');
  await up('forever');
  vi.mocked(Date.now).mockReturnValue(NOW + 35 * 60_000);
}

const names = async () =>
  JSON.parse((await rrepl('ls --json')).stdout).topologies.map((it: { name: string }) => it.name);

it('removes what has expired, its volumes too, and says so', async () => {
  await threeTopologies();
  expect(await rrepl('prune --yes')).toMatchObject({
    exitCode: 0,
    stdout: 'old: expired 5 min 0 s ago; removed 1 container, 2 networks, 2 volumes\n',
  });
  expect(await names()).toEqual(['forever', 'young']);
  expect(runtime.inventory().filter((name) => name.startsWith('rrepl-old'))).toEqual([]);
  expect(await rrepl('prune --yes')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'no topology has expired; `rrepl ls` shows what is there\n',
  });
});

it('takes by age what never expires', async () => {
  await threeTopologies();
  runtime.nowMs = NOW + HOUR;
  await up('new');
  vi.mocked(Date.now).mockReturnValue(NOW + 2 * HOUR);
  const { stdout } = await rrepl('prune --older-than 90m --yes');
  expect(stdout.split('\n').map((line) => line.split(';')[0])).toEqual([
    'forever: made 2 h 0 min ago',
    'old: made 2 h 0 min ago',
    'young: made 2 h 0 min ago',
    '',
  ]);
  expect(await names()).toEqual(['new']);
  const { stderr } = await rrepl('prune --older-than 90m --yes');
  expect(stderr).toContain('no topology is that old');
});

it('prints what it found and did as JSON, and asks nobody', async () => {
  await threeTopologies();
  const contents = { containers: 1, networks: 2, volumes: 2, folder: null };
  const old = { topology: 'old', why: 'expired 5 min 0 s ago', contents, error: null };
  for (const [argv, outcome] of [
    ['prune --json', 'not asked'],
    ['prune --json --yes', 'removed'],
  ] as const) {
    const { exitCode, stdout } = await rrepl(argv, { answer: 'y\n' });
    expect({ exitCode, json: JSON.parse(stdout) }).toEqual({
      exitCode: 0,
      json: { topologies: [{ ...old, outcome }] },
    });
    expectShape('prune', JSON.parse(stdout));
  }
  expect(JSON.parse((await rrepl('prune --json')).stdout)).toEqual({ topologies: [] });
});

describe('without --yes', () => {
  const proposal = 'old: expired 5 min 0 s ago; would remove 1 container, 2 networks, 2 volumes\n';
  beforeEach(threeTopologies);

  it.each([
    ['off a terminal', {}],
    ['under CI, terminal or not', { answer: 'y\n', env: { CI: 'true' } }],
    ['if the answer is no', { answer: 'n\n' }],
    ['if there is none', { answer: '\n' }],
    ['if the terminal is closed', { answer: '' }],
  ])('nothing is removed %s', async (_, io) => {
    const before = runtime.inventory();
    const { exitCode, stdout, stderr } = await rrepl('prune', io);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: proposal });
    expect(stderr).toContain('nothing was removed; `--yes`');
    expect(runtime.inventory()).toEqual(before);
  });

  it('a terminal may agree', async () => {
    const { stdout, stderr } = await rrepl('prune', { answer: 'y\n' });
    expect(stderr).toContain('remove 1 topology with the data? [y/N]');
    expect(stdout).toContain('; removed 1 container');
    expect(await names()).toEqual(['forever', 'young']);
  });
});

it('goes on after one that can’t be removed, and fails in the end', async () => {
  await up('a', ' --ttl 1m');
  await up('b', ' --ttl 1m');
  vi.mocked(Date.now).mockReturnValue(NOW + HOUR);
  runtime.failOn('removeContainer rrepl-a-redis-1', new EngineError('it is stuck'));
  const { exitCode, stdout, stderr } = await rrepl('prune --yes');
  expect(exitCode).toBe(4);
  expect(stdout).toContain(
    'a: expired 59 min 0 s ago; not removed\nb: expired 59 min 0 s ago; removed',
  );
  expect(stderr).toContain('error: it is stuck');
});

it('never touches what is not ours, whatever it is called', async () => {
  runtime.add(foreignSpec('rrepl-old-redis-2'), 'running');
  const foreign = { labels: {}, createdMs: 0, files: new Map() };
  runtime.volumes.set('rrepl-old-redis-2-data', foreign);
  await threeTopologies();
  await rrepl('prune --older-than 1ms --yes');
  expect(runtime.inventory()).toEqual(['rrepl-old-redis-2', 'rrepl-old-redis-2-data']);
});

it('ls shows when they expire', async () => {
  await threeTopologies();
  const { stdout } = await rrepl('ls');
  expect(`\n${stdout}`).toMatchInlineSnapshot(`
    "
    NAME     NODES  RUNNING  VOLUMES  EXPIRES
    forever  1      1        2        never
    old      1      1        2        5 min 0 s ago
    young    1      1        2        in 1 h 25 min
    "
  `);
  const json = JSON.parse((await rrepl('ls --json')).stdout);
  expectShape('ls', json);
  expect(json.topologies.map((it: { expiresAt: string | null }) => it.expiresAt)).toEqual([
    null,
    '2026-11-22T12:30:00.000Z',
    '2026-11-22T14:00:00.000Z',
  ]);
});

describe('what a drill that was killed has left', () => {
  async function told(): Promise<string> {
    const { signal } = new AbortController();
    const notes: string[] = [];
    const engine: Engine = {
      connectRuntime: async () => runtime,
      loadRedis: () => Promise.reject(new Error('no server is asked')),
      owners: UNKNOWN_OWNERS,
      caller: 'a test',
    };
    const emit = (event: OperationEvent) => {
      if (event.type === 'note') notes.push(`${noteText(event)}\n`);
    };
    await tellOfOtherDrills(engine, { signal, emit });
    return notes.join('');
  }

  it('is told to the next one, and not what has another name', async () => {
    await up('drill-0123abcd-1', ' --ttl 30m');
    await up('drill-of-mine', ' --ttl 30m');
    expect(await told()).toBe(
      "drill-0123abcd-1 is another run's; if that was killed, `rrepl down --volumes --name drill-0123abcd-1` removes it, `rrepl prune` in 30 min 0 s\n",
    );
    vi.mocked(Date.now).mockReturnValue(NOW + 35 * 60_000);
    expect(await told()).toBe(
      'drill-0123abcd-1 was left by a drill that was killed; `rrepl prune` removes it\n',
    );
    await rrepl('prune --yes');
    expect(await told()).toBe('');
  });
});

/** As a command leaves it that is killed while it looks at an image. */
const leave = (name: string) => {
  const labels = { 'dev.rrepl.topology': name };
  runtime.add({ ...foreignSpec('heuristic_yalow'), labels }, 'exited');
};

describe('a container that is no node', () => {
  it('is shown, and goes with `down`', async () => {
    leave('left');
    const shown = await rrepl('ls');
    expect(shown.stdout).toMatch(/^left +0 +0 +0 +never$/m);
    expect(shown.stderr).toBe(
      "left: heuristic_yalow is no node's, left by a command that was killed; `rrepl down --name left` removes it, as the next `rrepl up` does\n",
    );
    const { topologies } = JSON.parse((await rrepl('ls --json')).stdout);
    expect(topologies).toMatchObject([{ name: 'left', nodes: 0, strays: ['heuristic_yalow'] }]);
    const status = await rrepl('status --name left');
    expect(status).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('down --name') });
    expect(await rrepl('down --name left')).toMatchObject({ exitCode: 0 });
    expect(runtime.inventory()).toEqual([]);
  });

  it('goes with `prune`, by its own age', async () => {
    leave('left');
    vi.mocked(Date.now).mockReturnValue(NOW + HOUR);
    expect(await rrepl('prune --older-than 30m --yes')).toMatchObject({
      stdout: 'left: made 1 h 0 min ago; removed 1 container, 0 networks, 0 volumes\n',
    });
    expect(runtime.inventory()).toEqual([]);
  });

  it('goes with the next `up`', async () => {
    await up('left');
    const before = runtime.inventory();
    leave('left');
    expect((await rrepl('plan --name left')).stdout).toContain('heuristic_yalow');
    expect(await up('left')).toMatchObject({ exitCode: 0 });
    expect(runtime.inventory()).toEqual(before);
  });
});

it('what tells no age is not that old', async () => {
  runtime.networks.set('x', {
    id: 'x',
    name: 'x',
    createdMs: Number.NaN,
    labels: { 'dev.rrepl.topology': 'x' },
    subnets: [],
  });
  expect(await rrepl('prune --older-than 1s --yes')).toMatchObject({ exitCode: 0, stdout: '' });
});

it('plan makes no container to look at an image', async () => {
  runtime.images.set('redis:7.0', REDIS_IMAGE);
  runtime.images.set('redis:latest', REDIS_IMAGE);
  await up('demo');
  const before = runtime.calls.length;
  const known = await rrepl('plan --name demo --image redis:7.0');
  const unknown = await rrepl('plan --name demo --image redis:latest');
  expect(known.stdout).not.toContain('is not known');
  expect(unknown.stdout).toContain(
    'note: what redis:latest runs is not known: `up` asks it first\n',
  );
  expect(runtime.calls.slice(before).filter((call) => call.startsWith('runOnce'))).toEqual([]);
  const older = await rrepl('plan --name demo --image redis:4.0');
  expect(older).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('runs redis 4.0, which reads RDB files'),
  });
});
