import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { type EndpointQuestion, resolveEndpoint } from '../../../src/docker/endpoint.js';
import type { Knock, Machine } from '../../../src/docker/machine.js';
import { EngineError, type RreplError, UsageError } from '../../../src/errors.js';

const HOME = '/home/ada';

/** A machine of these files and sockets; every other socket is absent. */
function machine(
  files: Record<string, string> = {},
  sockets: Record<string, Knock> = {},
): Machine & { knocked: string[] } {
  const knocked: string[] = [];
  return {
    knocked,
    readText: async (path) => files[path] ?? null,
    list: async (folder) => [
      ...new Set(
        Object.keys(files)
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''),
      ),
    ],
    knock: async (socket) => {
      knocked.push(socket);
      return sockets[socket] ?? 'absent';
    },
    sshHostname: async (url) => `ssh of ${url}`,
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function context(name: string, host: string, more: object = {}, folder = `${HOME}/.docker`) {
  const meta = { Name: name, Endpoints: { docker: { Host: host, ...more } } };
  return { [`${folder}/contexts/meta/${sha256(name)}/meta.json`]: JSON.stringify(meta) };
}

const config = (currentContext: string) => ({
  [`${HOME}/.docker/config.json`]: JSON.stringify({ currentContext }),
});

const DEFAULT_SOCKET = { '/var/run/docker.sock': 'accepts' } as const;

const ask = (question: Partial<EndpointQuestion>) =>
  resolveEndpoint({ env: {}, home: HOME, uid: 1000, machine: machine(), ...question });

async function refusal(
  question: Partial<EndpointQuestion>,
  kind: typeof EngineError | typeof UsageError = EngineError,
): Promise<RreplError> {
  const error = await ask(question).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(kind);
  return error as RreplError;
}

describe('who is asked first', () => {
  const files = { ...context('work', 'tcp://work:2375'), ...context('play', 'tcp://play:2375') };
  const env = { DOCKER_HOST: 'tcp://env:2375', DOCKER_CONTEXT: 'play' };
  const everything = machine({ ...files, ...config('work') }, DEFAULT_SOCKET);

  test('the flag', async () => {
    const found = await ask({ host: 'tcp://flag:2375', env, machine: everything });
    expect(found).toMatchObject({ url: 'tcp://flag:2375', source: 'host' });
  });

  test('then DOCKER_HOST', async () => {
    const found = await ask({ env, machine: everything });
    expect(found).toMatchObject({ url: 'tcp://env:2375', source: 'DOCKER_HOST' });
  });

  test('then DOCKER_CONTEXT', async () => {
    const found = await ask({ env: { ...env, DOCKER_HOST: '' }, machine: everything });
    expect(found).toMatchObject({ url: 'tcp://play:2375', source: 'context play' });
  });

  test('then the current context', async () => {
    const found = await ask({ machine: everything });
    expect(found).toMatchObject({ url: 'tcp://work:2375', source: 'context work' });
  });

  test('then the usual sockets', async () => {
    const found = await ask({ machine: machine(files, DEFAULT_SOCKET) });
    expect(found).toEqual({
      url: 'unix:///var/run/docker.sock',
      source: 'the usual sockets',
      publishedHost: '127.0.0.1',
      configFolder: '/home/ada/.docker',
    });
  });

  test('nobody is dialled when the user has named the engine', async () => {
    const idle = machine();
    await ask({ host: 'unix:///tmp/engine.sock', machine: idle });
    expect(idle.knocked).toEqual([]);
  });
});

describe('contexts', () => {
  test('"default" means none, and DOCKER_CONTEXT=default sets the current one aside', async () => {
    const files = { ...context('work', 'tcp://work:2375'), ...config('work') };
    const env = { DOCKER_CONTEXT: 'default' };
    const found = await ask({ env, machine: machine(files, DEFAULT_SOCKET) });
    expect(found.source).toBe('the usual sockets');
  });

  test('are read from DOCKER_CONFIG', async () => {
    const files = context('ci', 'tcp://ci:2375', {}, '/etc/ci');
    const env = { DOCKER_CONFIG: '/etc/ci', DOCKER_CONTEXT: 'ci' };
    const found = await ask({ env, machine: machine(files) });
    expect(found).toMatchObject({ url: 'tcp://ci:2375', configFolder: '/etc/ci' });
  });

  test('bring their certificates', async () => {
    const tls = `${HOME}/.docker/contexts/tls/${sha256('far')}/docker`;
    const files = {
      ...context('far', 'tcp://far', { SkipTLSVerify: true }),
      [`${tls}/ca.pem`]: 'CA',
      [`${tls}/key.pem`]: 'KEY',
    };
    const found = await ask({ env: { DOCKER_CONTEXT: 'far' }, machine: machine(files) });
    expect(found.tls).toEqual({ ca: 'CA', key: 'KEY', skipVerify: true });
    expect(found.url).toBe('tcp://far:2376');
  });

  test('an unknown one is an error that names the known ones', async () => {
    const files = { ...context('work', 'tcp://w:1'), ...context('play', 'tcp://p:1') };
    const error = await refusal({ env: { DOCKER_CONTEXT: 'wrok' }, machine: machine(files) });
    expect(error.message).toBe('DOCKER_CONTEXT names the Docker context wrok, which has no engine');
    expect(hintFor(error)).toContain('Known contexts: default, play, work.');
  });

  test('a broken configuration is an error that names the file', async () => {
    const files = { [`${HOME}/.docker/config.json`]: '{' };
    const error = await refusal({ machine: machine(files) });
    expect(error.message).toBe('/home/ada/.docker/config.json is not valid JSON');
  });
});

describe('the address', () => {
  test.each([
    ['unix:///run/x.sock', 'unix:///run/x.sock', '127.0.0.1'],
    ['npipe:////./pipe/docker_engine', 'npipe:////./pipe/docker_engine', '127.0.0.1'],
    ['tcp://10.0.0.7', 'tcp://10.0.0.7:2375', '10.0.0.7'],
    ['engine.lan:4243', 'tcp://engine.lan:4243', 'engine.lan'],
    ['tcp://[::1]:2375', 'tcp://[::1]:2375', '::1'],
    ['http://engine.lan', 'http://engine.lan:80', 'engine.lan'],
    ['https://engine.lan:8443', 'https://engine.lan:8443', 'engine.lan'],
    ['ssh://ada@box', 'ssh://ada@box', 'ssh of ssh://ada@box'],
    ['ssh://ada@box:2222', 'ssh://ada@box:2222', 'ssh of ssh://ada@box:2222'],
    ['ssh://box/run/x.sock', 'ssh://box/run/x.sock', 'ssh of ssh://box/run/x.sock'],
  ])('%s', async (host, url, publishedHost) => {
    expect(await ask({ host })).toMatchObject({ url, publishedHost });
  });

  test.each([
    ...['/var/run/docker.sock', 'ftp://engine', 'tcp://', 'unix://', 'tcp://a b'],
    ...['tcp://a\nb', 'tcp://٣', ' '],
  ])('not %s', async (host) => {
    const error = await refusal({ env: { DOCKER_HOST: host } }, UsageError);
    expect(error.message).toBe(
      `DOCKER_HOST is not the address of a Docker engine: ${JSON.stringify(host)}`,
    );
    expect(hintFor(error)).toContain('unix:///var/run/docker.sock');
  });

  test('not one with a password, which is not printed', async () => {
    const error = await refusal({ host: 'ssh://ada:secret@box' }, UsageError);
    expect(error.message).toContain('host holds a password');
    expect(`${error.message}${hintFor(error)}`).not.toContain('secret');
  });

  test('no certificates where DOCKER_CERT_PATH says', async () => {
    const env = {
      DOCKER_HOST: 'tcp://10.0.0.7',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/nowhere',
    };
    const error = await refusal({ env });
    expect(error.message).toContain('DOCKER_CERT_PATH is /nowhere');
    expect(hintFor(error)).toContain('unset DOCKER_TLS_VERIFY');
  });

  test('TLS as DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say', async () => {
    const files = { '/certs/ca.pem': 'CA', '/certs/cert.pem': 'CERT', '/certs/key.pem': 'KEY' };
    const env = {
      DOCKER_HOST: 'tcp://engine.lan',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/certs',
    };
    const found = await ask({ env, machine: machine(files) });
    expect(found.url).toBe('tcp://engine.lan:2376');
    expect(found.tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', skipVerify: false });
  });

  test('no TLS for a socket', async () => {
    const env = { DOCKER_HOST: 'unix:///x.sock', DOCKER_TLS_VERIFY: '1' };
    expect(await ask({ env })).not.toHaveProperty('tls');
  });
});

describe('the usual sockets', () => {
  const env = { XDG_RUNTIME_DIR: '/run/user/1000' };

  test('are tried in order, until one accepts', async () => {
    const here = machine(
      {},
      { '/var/run/docker.sock': 'denied', [`${HOME}/.orbstack/run/docker.sock`]: 'accepts' },
    );
    const found = await ask({ env, machine: here });
    expect(found.url).toBe('unix:///home/ada/.orbstack/run/docker.sock');
    expect(here.knocked).toEqual([
      '/var/run/docker.sock',
      '/run/user/1000/docker.sock',
      '/home/ada/.docker/run/docker.sock',
      '/home/ada/.docker/desktop/docker.sock',
      '/run/user/1000/podman/podman.sock',
      '/run/podman/podman.sock',
      '/home/ada/.colima/default/docker.sock',
      '/home/ada/.orbstack/run/docker.sock',
    ]);
  });

  test('when none accepts, the error lists them all', async () => {
    const error = await refusal({ machine: machine({}, { '/var/run/docker.sock': 'refused' }) });
    expect(error.message).toContain('DOCKER_HOST and the Docker context are not set');
    expect(error.message).toContain('/var/run/docker.sock: there, but nothing answers');
    expect(error.message).toContain('/home/ada/.colima/default/docker.sock: not there');
    expect(hintFor(error)).toContain('Start Docker');
  });

  test('when one may not be opened, the hint is about permission', async () => {
    const error = await refusal({ machine: machine({}, { '/var/run/docker.sock': 'denied' }) });
    expect(hintFor(error)).toContain('usermod -aG docker');
  });

  test('on Windows, the named pipe', async () => {
    const here = machine({}, { '//./pipe/docker_engine': 'accepts' });
    const found = await ask({ uid: undefined, machine: here });
    expect(found.url).toBe('npipe:////./pipe/docker_engine');
  });
});
