/** Every method of the runtime against a real engine. */

import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectRuntime } from '../../src/docker/dockerode/runtime.js';
import { resolveEndpoint } from '../../src/docker/endpoint.js';
import {
  type ContainerSpec,
  PortTakenError,
  type Runtime,
  type Terminal,
} from '../../src/docker/runtime.js';
import { DeadlineError, EngineError } from '../../src/errors.js';
import { addressIn, freeSubnets, SUBNETS } from '../../src/topology/subnets.js';
import { UNCONFINED } from '../support/topologies.js';

const IMAGE = process.env.RREPL_TEST_IMAGE ?? 'redis:6.0';
/** Tells this run's things from those of any other run on the same engine. */
const RUN = `rtest-${process.pid}`;
const LABELS = { 'dev.rrepl.test': RUN };
const NETWORK = `${RUN}-net`;
const SECOND_NETWORK = `${RUN}-second`;

const BEGUN_MS = Date.now();
/** The engine gives some times in whole seconds. */
const MADE_BY_THIS_RUN = expect.toSatisfy(
  (ms: number) => ms >= BEGUN_MS - 1000 && ms <= Date.now() + 1000,
);

let runtime: Runtime;
const stop = new AbortController();

beforeAll(async () => {
  const endpoint = await resolveEndpoint({
    env: process.env,
    home: homedir(),
    uid: process.getuid?.(),
  });
  runtime = await connectRuntime(endpoint, stop.signal);
  const [first = '', second = ''] = await unusedSubnets(2);
  await runtime.createNetwork(NETWORK, LABELS, first);
  await runtime.createNetwork(SECOND_NETWORK, LABELS, second);
});

async function unusedSubnets(count: number): Promise<readonly string[]> {
  const networks = await runtime.listNetworks({});
  const taken = networks.flatMap(({ subnets }) => subnets);
  return freeSubnets(count, RUN, taken, SUBNETS) ?? [];
}

const removeContainers = async () => {
  for (const { name } of await runtime.listContainers(LABELS)) await runtime.removeContainer(name);
};

afterEach(removeContainers);

afterAll(async () => {
  await removeContainers();
  for (const { name } of await runtime.listNetworks(LABELS)) await runtime.removeNetwork(name);
  for (const { name } of await runtime.listVolumes(LABELS)) await runtime.removeVolume(name);
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

let counter = 0;

async function create(spec: Partial<ContainerSpec> = {}): Promise<string> {
  counter += 1;
  const name = `${RUN}-${counter}`;
  await runtime.createContainer({
    name,
    image: IMAGE,
    command: ['sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.1; done'],
    user: null,
    labels: LABELS,
    mounts: [],
    networks: [{ name: NETWORK, aliases: [] }],
    publish: { hostIps: ['127.0.0.1'], hostPort: await freePort(), containerPort: 6379 },
    stopTimeoutS: 5,
    ...UNCONFINED,
    ...spec,
  });
  return name;
}

async function start(spec: Partial<ContainerSpec> = {}): Promise<string> {
  const name = await create(spec);
  await runtime.startContainer(name);
  return name;
}

const print = (script: string) => start({ command: ['sh', '-c', script] });

async function untilExited(name: string): Promise<void> {
  for (let waited = 0; waited < 100; waited += 1) {
    if ((await runtime.inspectContainer(name))?.state === 'exited') return;
    await sleep(50);
  }
  throw new Error(`${name} still runs`);
}

describe('the engine', () => {
  test('says what it is', async () => {
    expect(await runtime.engine()).toEqual({
      product: expect.stringMatching(/^(Docker|Podman)$/),
      version: expect.stringMatching(/^\d/),
      apiVersion: expect.stringMatching(/^\d\.\d+$/),
      os: 'linux',
      arch: expect.any(String),
    });
  });
});

describe('images', () => {
  test('one that is there', async () => {
    const facts = await runtime.image(IMAGE);
    expect(facts?.id).toMatch(/^sha256:/);
    expect(facts?.command).toEqual(['redis-server']);
  });

  test('one that is not there', async () => {
    expect(await runtime.image('rtest-nosuch:1')).toBeNull();
  });

  test('one that nobody could have', async () => {
    await expect(runtime.image('Not An Image')).rejects.toThrow(EngineError);
  });

  test("one that can't be pulled fails with the engine's words", async () => {
    const pull = runtime.pullImage('registry.invalid/rtest:1', () => {});
    await expect(pull).rejects.toMatchObject({
      message: expect.stringMatching(
        /^cannot pull image registry\.invalid\/rtest:1: .*registry\.invalid/,
      ),
      code: 'registry-unreachable',
    });
  });
});

describe('the life of a container', () => {
  test('created, started, paused, unpaused, stopped, started, killed, removed', async () => {
    const name = await create();
    const state = async () => (await runtime.inspectContainer(name))?.state;
    expect(await runtime.inspectContainer(name)).toMatchObject({
      state: 'created',
      startedAtMs: 0,
    });

    await runtime.startContainer(name);
    await runtime.startContainer(name);
    expect(await state()).toBe('running');
    const { startedAtMs = 0 } = (await runtime.inspectContainer(name)) ?? {};
    expect(startedAtMs).toEqual(MADE_BY_THIS_RUN);

    await runtime.pauseContainer(name);
    await runtime.pauseContainer(name);
    expect(await state()).toBe('paused');
    await runtime.unpauseContainer(name);
    await runtime.unpauseContainer(name);
    expect(await state()).toBe('running');

    await runtime.stopContainer(name);
    await runtime.stopContainer(name);
    expect(await runtime.inspectContainer(name)).toMatchObject({ state: 'exited', exitCode: 7 });

    await runtime.startContainer(name);
    await runtime.killContainer(name, 'KILL');
    await untilExited(name);
    expect(await runtime.inspectContainer(name)).toMatchObject({ exitCode: 137, oomKilled: false });

    await runtime.startContainer(name);
    await runtime.removeContainer(name);
    await runtime.removeContainer(name);
    expect(await runtime.inspectContainer(name)).toBeNull();
  });

  test('one that does not stop is killed after its stop timeout', async () => {
    const name = await start({ command: ['sh', '-c', 'trap "" TERM; sleep 600'], stopTimeoutS: 1 });
    await runtime.stopContainer(name);
    expect(await runtime.inspectContainer(name)).toMatchObject({ exitCode: 137 });
  });

  test('a paused one can be removed', async () => {
    const name = await start();
    await runtime.pauseContainer(name);
    await runtime.removeContainer(name);
    expect(await runtime.inspectContainer(name)).toBeNull();
  });

  test.each([
    ['start', () => runtime.startContainer('rtest-nosuch')],
    ['stop', () => runtime.stopContainer('rtest-nosuch')],
    ['pause', () => runtime.pauseContainer('rtest-nosuch')],
    ['kill', () => runtime.killContainer('rtest-nosuch', 'KILL')],
    ['exec', () => runtime.exec('rtest-nosuch', ['true'], 5_000)],
    ['log', () => runtime.logTail('rtest-nosuch', 1)],
  ])('one that is not there: %s', async (_, act) => {
    await expect(act()).rejects.toThrow(/No such container/i);
  });

  test('a name that is taken', async () => {
    const name = await create();
    await expect(create({ name })).rejects.toThrow(/already in use/);
  });

  test('an image that is missing', async () => {
    await expect(create({ image: 'rtest-nosuch:1' })).rejects.toMatchObject({
      message: expect.stringContaining('No such image: rtest-nosuch:1'),
      code: 'no-image',
    });
  });

  test('one that can not be started says why, then and later', async () => {
    const name = await create({ user: 'rtest-nobody' });
    await expect(runtime.startContainer(name)).rejects.toThrow('rtest-nobody');
    expect((await runtime.inspectContainer(name))?.error).toContain('rtest-nobody');
  });

  test('a port that is taken, by a container or by anyone', async () => {
    const publish = { hostIps: ['127.0.0.1'], hostPort: await freePort(), containerPort: 6379 };
    await start({ publish });
    const second = await create({ publish });
    const taken = { port: publish.hostPort };
    await expect(runtime.startContainer(second)).rejects.toMatchObject(taken);

    const server = createServer();
    const hostPort = await freePort();
    await new Promise<void>((resolve) => server.listen(hostPort, '127.0.0.1', resolve));
    const third = await create({ publish: { ...publish, hostPort } });
    const error = await runtime.startContainer(third).catch((reason: unknown) => reason);
    await new Promise((resolve) => server.close(resolve));
    expect(error).toBeInstanceOf(PortTakenError);
    expect(error).toMatchObject({ port: hostPort });
  });
});

describe('lists', () => {
  test('containers by label, with ports and networks', async () => {
    const hostPort = await freePort();
    const publish = { hostIps: ['127.0.0.1'], hostPort, containerPort: 6379 };
    const labels = { ...LABELS, 'dev.rrepl.test.name': 'one' };
    const name = await start({
      labels,
      publish,
      networks: [
        { name: NETWORK, aliases: ['redis-1'] },
        { name: SECOND_NETWORK, aliases: ['redis-1'] },
      ],
    });
    await create();
    const [found, ...others] = await runtime.listContainers({
      ...LABELS,
      'dev.rrepl.test.name': '',
    });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      name,
      image: IMAGE,
      state: 'running',
      statusText: expect.stringMatching(/^Up /),
      labels,
      ports: [{ hostIp: '127.0.0.1', hostPort, containerPort: 6379 }],
      createdMs: MADE_BY_THIS_RUN,
    });
    expect([...(found?.networks ?? [])].sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: NETWORK, address: expect.stringMatching(/^\d+\./) },
      { name: SECOND_NETWORK, address: expect.stringMatching(/^\d+\./) },
    ]);
    expect(await runtime.listContainers(LABELS)).toHaveLength(2);
    expect(await runtime.listContainers({ 'dev.rrepl.test': 'nobody' })).toEqual([]);
  });

  test('networks and volumes by label', async () => {
    await runtime.createVolume(`${RUN}-listed`, LABELS);
    expect(await runtime.listVolumes(LABELS)).toEqual([
      { name: `${RUN}-listed`, createdMs: MADE_BY_THIS_RUN, labels: LABELS },
    ]);
    await runtime.removeVolume(`${RUN}-listed`);
    await runtime.removeVolume(`${RUN}-listed`);
    expect(await runtime.listVolumes(LABELS)).toEqual([]);
    const networks = await runtime.listNetworks(LABELS);
    expect(networks.map(({ name }) => name).sort()).toEqual([NETWORK, SECOND_NETWORK]);
    expect(networks[0]).toMatchObject({
      id: expect.any(String),
      createdMs: MADE_BY_THIS_RUN,
      labels: LABELS,
    });
  });
});

describe('networks', () => {
  test('hold names, and can be left and joined again', async () => {
    const server = await start({ networks: [{ name: NETWORK, aliases: ['first-alias'] }] });
    const client = await start();
    const resolves = async (alias: string) =>
      (await runtime.exec(client, ['getent', 'hosts', alias], 10_000)).exitCode === 0;
    expect(await resolves('first-alias')).toBe(true);

    await runtime.disconnectNetwork(NETWORK, server);
    await runtime.disconnectNetwork(NETWORK, server);
    expect(await resolves('first-alias')).toBe(false);

    await runtime.connectNetwork(NETWORK, server, { aliases: ['second-alias'], address: null });
    expect(await resolves('second-alias')).toBe(true);
  });

  test('can be left by a container that is paused or stopped', async () => {
    const paused = await start();
    await runtime.pauseContainer(paused);
    await runtime.disconnectNetwork(NETWORK, paused);
    await runtime.unpauseContainer(paused);
    const stopped = await create();
    await runtime.disconnectNetwork(NETWORK, stopped);
  });

  test('are removed once, and only when empty', async () => {
    const network = `${RUN}-brief`;
    const [subnet = '', other = ''] = await unusedSubnets(2);
    await runtime.createNetwork(network, LABELS, subnet);
    await expect(runtime.createNetwork(network, LABELS, other)).rejects.toThrow(/already exists/);
    const name = await start({ networks: [{ name: network, aliases: [] }] });
    await expect(runtime.removeNetwork(network)).rejects.toThrow(/active endpoints/);
    await runtime.removeContainer(name);
    await runtime.removeNetwork(network);
    await runtime.removeNetwork(network);
  });

  test('give a container the address that it asks for, again and again, and nobody else', async () => {
    const [own = ''] = await unusedSubnets(1);
    const network = `${RUN}-fixed`;
    await runtime.createNetwork(network, LABELS, own);
    const [server, guest] = [await create(), await create()];
    const attachment = { aliases: [], address: addressIn(own, 11) };
    const addressOf = async (container: string) => {
      const containers = await runtime.listContainers(LABELS);
      const { networks } = containers.find(({ name }) => name === container) ?? { networks: [] };
      return networks.find(({ name }) => name === network)?.address;
    };
    await runtime.connectNetwork(network, server, attachment);
    // While the server is down its address is nobody's.
    await runtime.connectNetwork(network, guest, { aliases: [], address: null });
    await runtime.startContainer(guest);
    await runtime.startContainer(server);
    expect(await addressOf(server)).toBe(attachment.address);
    expect(await addressOf(guest)).toBe(addressIn(own, 128));
    await runtime.disconnectNetwork(network, server);
    await runtime.connectNetwork(network, server, attachment);
    await runtime.killContainer(server, 'SIGKILL');
    await runtime.startContainer(server);
    expect(await addressOf(server)).toBe(attachment.address);
  });

  test('with a subnet that another has are refused, and there is room for many', async () => {
    const subnets = await unusedSubnets(40);
    const made = subnets.map((subnet, index) => [`${RUN}-many-${index}`, subnet] as const);
    try {
      for (const [name, subnet] of made) await runtime.createNetwork(name, LABELS, subnet);
      const [taken = ''] = subnets;
      const refused = runtime.createNetwork(`${RUN}-late`, LABELS, taken);
      await expect(refused).rejects.toMatchObject({ about: { code: 'subnet-taken' } });
      const there = (await runtime.listNetworks(LABELS)).map(({ name }) => name);
      expect(there).toEqual(expect.arrayContaining(made.map(([name]) => name)));
    } finally {
      for (const [name] of made) await runtime.removeNetwork(name);
    }
  });

  test('that are missing are an error, at the latest when a container starts', async () => {
    const networks = [NETWORK, `${RUN}-nosuch`].map((name) => ({ name, aliases: [] }));
    await expect(start({ networks })).rejects.toThrow(`${RUN}-nosuch`);
  });
});

describe('files', () => {
  test('go into a container that has not started, with owner and mode', async () => {
    const volume = `${RUN}-conf`;
    await runtime.createVolume(volume, LABELS);
    const mounts = [{ kind: 'volume', source: volume, target: '/conf' }] as const;
    // Root alone may look into a folder that is another user's, and only with this.
    const name = await create({ mounts, capabilities: ['DAC_OVERRIDE'] });
    await runtime.writeFiles(name, '/conf', [
      { path: '.', content: null, mode: 0o750, uid: 4321, gid: 1234 },
      { path: 'redis.conf', content: 'port 6379\n# Größe\n', mode: 0o640, uid: 4321, gid: 1234 },
      { path: 'acl', content: null, mode: 0o700, uid: 0, gid: 0 },
      { path: 'acl/users', content: '', mode: 0o600, uid: 0, gid: 0 },
    ]);
    expect(await runtime.readFile(name, '/conf/redis.conf')).toBe('port 6379\n# Größe\n');
    const texts = new Map([['redis.conf', 'port 6379\n# Größe\n']]);
    expect(await runtime.readFolder(name, '/conf')).toEqual(texts);

    await runtime.startContainer(name);
    const stat = ['stat', '-c', '%a %u:%g %n', '/conf', '/conf/redis.conf', '/conf/acl/users'];
    expect(await runtime.exec(name, stat, 10_000)).toEqual({
      exitCode: 0,
      stdout: '750 4321:1234 /conf\n640 4321:1234 /conf/redis.conf\n600 0:0 /conf/acl/users\n',
      stderr: '',
    });

    await runtime.removeContainer(name);
    const next = await create({ mounts });
    expect(await runtime.readFile(next, '/conf/redis.conf')).toContain('port 6379');
    await runtime.removeContainer(next);
    await runtime.removeVolume(volume);
  });

  test('are not there', async () => {
    const name = await create();
    expect(await runtime.readFolder(name, '/no/such/folder')).toEqual(new Map());
    expect(await runtime.readFile(name, '/etc/passwd')).toContain('root:');
    expect(await runtime.readFile(name, '/no/such/file')).toBeNull();
    expect(await runtime.readFile(name, '/etc')).toBeNull();
    const file = { path: 'a', content: '', mode: 0o644, uid: 0, gid: 0 };
    await expect(runtime.writeFiles(name, '/no/such', [file])).rejects.toThrow('/no/such');
  });
});

describe('logs', () => {
  test('their tail, of stdout and stderr', async () => {
    const name = await print('echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three');
    await untilExited(name);
    expect(await runtime.logTail(name, 10)).toEqual(['one', 'two', 'three']);
    expect(await runtime.logTail(name, 2)).toEqual(['two', 'three']);
    expect(await runtime.logTail(await create(), 10)).toEqual([]);
  });

  test('are followed until the container stops', async () => {
    const name = await print('echo one; echo two; sleep 0.5; echo three');
    const lines: string[] = [];
    const signal = new AbortController().signal;
    await runtime.followLog(name, { tail: 'all', signal }, (line) => lines.push(line));
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  test('are followed until the signal aborts', async () => {
    const name = await print('echo one; echo two; while :; do sleep 0.1; done');
    const quit = new AbortController();
    const lines: string[] = [];
    const followed = runtime.followLog(name, { tail: 1, signal: quit.signal }, (line) => {
      lines.push(line);
      quit.abort();
    });
    await followed;
    expect(lines.length).toBeLessThanOrEqual(2);
  });
});

describe('commands', () => {
  test('say what they print and their exit code', async () => {
    const name = await start();
    const script = 'echo out; echo err >&2; exit 3';
    expect(await runtime.exec(name, ['sh', '-c', script], 10_000)).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('print much, and may leave a process behind', async () => {
    const name = await start();
    const much = await runtime.exec(name, ['sh', '-c', 'head -c 3000000 /dev/zero'], 10_000);
    expect(much.stdout).toHaveLength(3_000_000);
    const left = await runtime.exec(name, ['sh', '-c', 'sleep 600 & echo left'], 10_000);
    expect(left).toMatchObject({ exitCode: 0, stdout: 'left\n' });
  });

  test('run into their deadline', async () => {
    const name = await start();
    await expect(runtime.exec(name, ['sleep', '20'], 300)).rejects.toThrow(DeadlineError);
  });

  test('that are not there, or have no running container', async () => {
    const name = await start();
    // Engines differ: the shell's exit code for it, or a refusal.
    const missing = await runtime.exec(name, ['no-such-command'], 10_000).then(
      ({ exitCode }) => exitCode,
      (error: EngineError) => error.message,
    );
    expect(String(missing)).toMatch(/^12[67]$|no-such-command/);
    const stopped = await create();
    await expect(runtime.exec(stopped, ['true'], 10_000)).rejects.toThrow(/not running/);
  });
});

describe('commands joined to the user', () => {
  function user(isTTY: boolean) {
    const modes: boolean[] = [];
    const setRawMode = (raw: boolean) => modes.push(raw);
    const stdin = Object.assign(new PassThrough(), { isTTY, isRaw: false, setRawMode });
    const stdout = Object.assign(new PassThrough(), { isTTY, rows: 33, columns: 111 });
    const stderr = new PassThrough();
    const text = (stream: PassThrough) => stream.read()?.toString() ?? '';
    const terminal = { stdin, stdout, stderr } as unknown as Terminal;
    return { modes, stdin, terminal, printed: () => text(stdout), complained: () => text(stderr) };
  }

  test('through pipes: the end of the input reaches them', async () => {
    const name = await start();
    const piped = user(false);
    piped.stdin.end('one\ntwo\n');
    const script = 'wc -l; echo err >&2; exit 4';
    const exitCode = await runtime.execInteractive(name, ['sh', '-c', script], piped.terminal);
    expect(exitCode).toBe(4);
    expect(piped.printed().trim()).toBe('2');
    expect(piped.complained()).toBe('err\n');
    expect(piped.modes).toEqual([]);
  });

  test('that do not read their input', async () => {
    const name = await start();
    const piped = user(false);
    expect(await runtime.execInteractive(name, ['true'], piped.terminal)).toBe(0);
  });

  test('in a terminal of the same size', async () => {
    const name = await start();
    const person = user(true);
    const exited = runtime.execInteractive(name, ['sh'], person.terminal);
    await sleep(500);
    person.stdin.write('stty size; tty; exit 5\r');
    expect(await exited).toBe(5);
    const printed = person.printed();
    expect(printed).toContain('33 111');
    expect(printed).toContain('/dev/pts/');
    expect(person.modes.at(0)).toBe(true);
    expect(person.modes.at(-1)).toBe(false);
  });
});

test('an interrupted runtime answers nothing more', async () => {
  const name = await start();
  const running = new AbortController();
  const endpoint = await resolveEndpoint({
    env: process.env,
    home: homedir(),
    uid: process.getuid?.(),
  });
  const interrupted = await connectRuntime(endpoint, running.signal);
  const reason = new Error('interrupted');
  const rejected = expect(interrupted.exec(name, ['sleep', '20'], 20_000)).rejects.toBe(reason);
  await sleep(300);
  running.abort(reason);
  await rejected;
  await expect(interrupted.listContainers({})).rejects.toBe(reason);
});

describe('a command in a container of its own', () => {
  const left = () => runtime.listContainers(LABELS);

  test('returns what it prints, and nothing stays', async () => {
    const lines = await runtime.runOnce(IMAGE, ['sh', '-c', 'echo one; echo two >&2'], LABELS);
    expect(lines.sort()).toEqual(['one', 'two']);
    expect(await left()).toEqual([]);
  });

  test('nothing stays either if it can not be run', async () => {
    const missing = runtime.runOnce('rrepl.test/missing:1', ['true'], LABELS);
    await expect(missing).rejects.toThrow(EngineError);
    expect(await left()).toEqual([]);
  });

  test('nor if the run is interrupted', async () => {
    const running = new AbortController();
    const endpoint = await resolveEndpoint({
      env: process.env,
      home: homedir(),
      uid: process.getuid?.(),
    });
    const interrupted = await connectRuntime(endpoint, running.signal);
    const reason = new Error('interrupted');
    const rejected = expect(interrupted.runOnce(IMAGE, ['sleep', '20'], LABELS)).rejects.toBe(
      reason,
    );
    await vi.waitFor(async () => expect((await left()).at(0)?.state).toBe('running'), 10_000);
    running.abort(reason);
    await rejected;
    expect(await left()).toEqual([]);
  });
});
