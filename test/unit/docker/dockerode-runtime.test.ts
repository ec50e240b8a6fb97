/** The runtime against engines that misbehave, or that only a server of our own can be. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connectRuntime } from '../../../src/docker/dockerode/runtime.js';
import type { Endpoint } from '../../../src/docker/endpoint.js';
import { DeadlineError, EngineError } from '../../../src/errors.js';

const servers: Server[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const endpoint = (url: string): Endpoint => ({
  url,
  source: 'DOCKER_HOST',
  publishedHost: '127.0.0.1',
  configFolder: '/nowhere',
});

async function fakeEngine(answer: RequestListener): Promise<Endpoint> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return endpoint(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const connect = (to: Endpoint, signal = new AbortController().signal) => connectRuntime(to, signal);

const VERSION = { Version: '29.0.0', ApiVersion: '1.52', Os: 'linux', Arch: 'arm64' };
const FACTS = {
  product: 'Docker',
  version: '29.0.0',
  apiVersion: '1.52',
  os: 'linux',
  arch: 'arm64',
};

describe('the endpoint it was given', () => {
  test.each(['tcp://127.0.0.1:1', 'ssh://nobody@127.0.0.1:1', 'unix:///nowhere'])(
    'counts, not DOCKER_HOST=%s',
    async (host) => {
      vi.stubEnv('DOCKER_HOST', host);
      const runtime = await connect(
        await fakeEngine((_, response) => response.end(JSON.stringify(VERSION))),
      );
      expect(await runtime.engine()).toEqual(FACTS);
    },
  );

  test.each([
    ['tcp://127.0.0.1:1', '/nowhere'],
    [':::', undefined],
  ])(
    'counts, whatever is wrong with DOCKER_HOST=%s and DOCKER_CERT_PATH=%s',
    async (host, certs) => {
      vi.stubEnv('DOCKER_HOST', host);
      vi.stubEnv('DOCKER_CERT_PATH', certs);
      const runtime = await connect(
        await fakeEngine((_, response) => response.end(JSON.stringify(VERSION))),
      );
      expect(await runtime.engine()).toEqual(FACTS);
      expect(process.env.DOCKER_HOST).toBe(host);
    },
  );

  test('counts for a socket too', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    const runtime = await connect(endpoint('unix:///nowhere/docker.sock'));
    await expect(runtime.engine()).rejects.toThrow(
      "cannot ask for the engine version: the Docker engine at unix:///nowhere/docker.sock (from DOCKER_HOST) can't be reached: connect ENOENT /nowhere/docker.sock",
    );
  });

  test('says that it is Podman', async () => {
    const Components = [{ Name: 'Podman Engine' }, { Name: 'Conmon' }];
    const version = JSON.stringify({ ...VERSION, Components });
    const runtime = await connect(await fakeEngine((_, response) => response.end(version)));
    expect(await runtime.engine()).toEqual({ ...FACTS, product: 'Podman' });
  });

  test('is asked for its version once', async () => {
    let asked = 0;
    const runtime = await connect(
      await fakeEngine((_, response) => {
        asked += 1;
        response.end(JSON.stringify(VERSION));
      }),
    );
    await runtime.engine();
    await runtime.engine();
    expect(asked).toBe(1);
  });
});

test('an engine that is not there', async () => {
  const runtime = await connect(endpoint('tcp://127.0.0.1:1'));
  const error = await runtime.listContainers({}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ about: { code: 'engine-unreachable', reason: 'ECONNREFUSED' } });
});

describe('an engine that hangs', () => {
  const silent: RequestListener = () => {};
  const halfway: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('[');
  };

  test.each([
    ['before it answers', silent],
    ['in the middle of an answer', halfway],
  ])('%s runs into the deadline', async (_, answer) => {
    const runtime = await connect(await fakeEngine(answer));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const error = runtime.listContainers({}).catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await error).toBeInstanceOf(DeadlineError);
    expect(await error).toMatchObject({
      message: `cannot list containers: the Docker engine at ${runtime.endpoint} did not finish within 30 s`,
    });
  });

  test.each([
    ['before it answers', silent],
    ['in the middle of an answer', halfway],
  ])('%s is left when the signal aborts', async (_, answer) => {
    const stop = new AbortController();
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const runtime = await connect(
      await fakeEngine((request, response) => {
        answer(request, response);
        arrive();
      }),
      stop.signal,
    );
    const reason = new Error('stop');
    const rejected = expect(runtime.image('redis:6.0')).rejects.toBe(reason);
    await arrived;
    stop.abort(reason);
    await rejected;
    await expect(runtime.listVolumes({})).rejects.toBe(reason);
  });

  test('a command gets the deadline that it was given', async () => {
    const runtime = await connect(await fakeEngine(silent));
    const run = runtime.exec('rtest-1', ['redis-cli', '-a', 'secret', 'ping'], 30);
    await expect(run).rejects.toThrow(
      /^cannot run redis-cli in container rtest-1: .* did not finish within 0\.03 s$/,
    );
  });

  test('many calls at once are no leak to warn of', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const stop = new AbortController();
    const runtime = await connect(await fakeEngine(silent), stop.signal);
    const calls = Array.from({ length: 40 }, () => runtime.listContainers({}));
    const settled = Promise.allSettled(calls);
    stop.abort();
    await settled;
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('a pull', () => {
  test('asks for the one tag, and fails with the error inside the answer', async () => {
    let asked: string | undefined;
    const runtime = await connect(
      await fakeEngine((request, response) => {
        asked = request.url;
        response.write('{"status":"Pulling fs layer","id":"a"}\n');
        response.end('{"error":"toomanyrequests: slow down"}\n');
      }),
    );
    const shown: string[] = [];
    const pull = runtime.pullImage('registry.lan:5000/redis', (text) => shown.push(text));
    await expect(pull).rejects.toThrow(
      'cannot pull image registry.lan:5000/redis: toomanyrequests: slow down',
    );
    expect(asked).toBe('/images/create?fromImage=registry.lan%3A5000%2Fredis&tag=latest');
    expect(shown).toEqual(['0/1 layers, 0%']);
  });

  test('brings the login for the registry along', async () => {
    const configFolder = await mkdtemp(join(tmpdir(), 'rtest-'));
    const auths = { 'registry.lan:5000': { auth: Buffer.from('ada:secret').toString('base64') } };
    await writeFile(join(configFolder, 'config.json'), JSON.stringify({ auths }));
    const seen: IncomingMessage[] = [];
    const engine = await fakeEngine((request, response) => {
      seen.push(request);
      response.end();
    });
    const runtime = await connect({ ...engine, configFolder });
    await runtime.pullImage('registry.lan:5000/redis:7', () => {});
    await rm(configFolder, { recursive: true });
    const header = String(seen[0]?.headers['x-registry-auth']);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      username: 'ada',
      password: 'secret',
      serveraddress: 'registry.lan:5000',
    });
    expect(seen[0]?.url).not.toContain('auth');
  });

  test('fails when the engine dies on the way', async () => {
    const runtime = await connect(
      await fakeEngine((_, response) => {
        response.write('{"status":"Pulling fs layer","id":"a"}\n');
        setImmediate(() => response.destroy());
      }),
    );
    await expect(runtime.pullImage('redis', () => {})).rejects.toThrow(EngineError);
  });
});

describe('removing a container', () => {
  test('that is being removed waits until it is gone', async () => {
    let asked = 0;
    const runtime = await connect(
      await fakeEngine((_, response) => {
        asked += 1;
        response.statusCode = asked < 3 ? 409 : 404;
        const message = 'removal of container rtest-1 is already in progress';
        response.end(JSON.stringify({ message: asked < 3 ? message : 'No such container' }));
      }),
    );
    await runtime.removeContainer('rtest-1');
    expect(asked).toBe(3);
  });
});

describe('a deadline of the run', () => {
  test.each([
    [50, /^the time is up$/],
    [
      5000,
      /^the time is up; the Docker engine at tcp:.* has not answered for 5.0 s: list containers$/,
    ],
  ])('after %i ms of waiting for the engine', async (ms, message) => {
    const stop = new AbortController();
    const runtime = await connect(await fakeEngine(() => {}), stop.signal);
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const asked = runtime.listContainers({});
    now.mockReturnValue(1000 + ms);
    stop.abort(new DeadlineError('the time is up'));
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toBeInstanceOf(DeadlineError);
    now.mockRestore();
  });
});
