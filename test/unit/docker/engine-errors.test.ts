import { describe, expect, test } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import type { Endpoint } from '../../../src/docker/endpoint.js';
import {
  already,
  asRefusal,
  isVanishing,
  Refusal,
  translate,
} from '../../../src/docker/engine-errors.js';
import { PortTakenError } from '../../../src/docker/runtime.js';
import { SshError } from '../../../src/docker/ssh.js';
import { DeadlineError, EngineError } from '../../../src/errors.js';

const ENDPOINT: Endpoint = {
  url: 'unix:///var/run/docker.sock',
  source: 'DOCKER_HOST',
  publishedHost: '127.0.0.1',
  configFolder: '/home/ada/.docker',
};

/** An error as docker-modem makes it. */
const answer = (statusCode: number, words: string, reason?: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) ${reason ?? 'unexpected'} - ${words} `), {
    statusCode,
    reason,
  });

const translated = (error: unknown, what = 'start container rrepl-demo-redis-1') =>
  translate(error, what, ENDPOINT) as EngineError;

describe('an answer of the engine', () => {
  test("is told in the engine's own words", () => {
    const error = translated(answer(500, 'disk - full', 'server error'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toBe('cannot start container rrepl-demo-redis-1: disk - full');
    expect(asRefusal(error.cause)?.status).toBe(500);
  });

  test.each([
    [404, 'No such image: redis:6.0', 'docker pull'],
    [500, 'Get "https://r.io/v2/": dial tcp: lookup r.io: no such host', 'docker load'],
    [404, 'pull access denied for x, repository does not exist', 'docker login'],
    [404, 'manifest for redis:99 not found: manifest unknown', 'name and tag'],
    [409, 'Conflict. The container name "/x" is already in use by container "1f"', 'another'],
    [409, 'network with name rrepl-x already exists', 'another'],
    [400, 'Client sent an HTTP request to an HTTPS server.', 'DOCKER_TLS_VERIFY'],
    [403, 'Pool overlaps with other one on this address space', 'docker network ls'],
    [500, 'subnet 198.18.1.0/24 is already used on the host or by another config', 'try again'],
  ])('%i %s', (status, words, hint) => {
    expect(hintFor(translated(answer(status, words)))).toContain(hint);
  });

  test('has no hint where there is nothing to say', () => {
    expect(hintFor(translated(new Refusal('disk full')))).toBeUndefined();
  });
});

describe('a taken port', () => {
  const PROXY = 'driver failed programming external connectivity on endpoint a (9f3c)';
  test.each([
    `${PROXY}: Bind for 127.0.0.1:6380 failed: port is already allocated`,
    `${PROXY}: Bind for :::6380 failed: port is already allocated`,
    `${PROXY}: Error starting userland proxy: listen tcp4 127.0.0.1:6380: bind: address already in use`,
    `${PROXY}: failed to bind host port 127.0.0.1:6380/tcp: address already in use`,
    `${PROXY}: failed to bind host port for [::1]:6380:172.18.0.2:6379/tcp: address already in use`,
    'Ports are not available: exposing port TCP 127.0.0.1:6380 -> 0.0.0.0:0: listen tcp 127.0.0.1:6380: bind: address already in use',
    'cannot listen on the TCP port: listen tcp4 127.0.0.1:6380: bind: address already in use',
  ])('%s', (words) => {
    const error = translated(answer(500, words));
    expect(error).toBeInstanceOf(PortTakenError);
    expect(error).toMatchObject({ port: 6380 });
  });

  test('is not any failing bind', () => {
    const words = `${PROXY}: listen tcp4 9.9.9.9:6380: bind: cannot assign requested address`;
    expect(translated(answer(500, words))).not.toBeInstanceOf(PortTakenError);
  });
});

describe('the way to the engine', () => {
  test.each([
    ['ENOENT', 'Start Docker'],
    ['ECONNREFUSED', 'Start Docker'],
    ['EACCES', 'usermod -aG docker'],
    ['ECONNRESET', 'restarted'],
  ])('%s', (code, hint) => {
    const error = translated(Object.assign(new Error(`connect ${code}`), { code }), 'list');
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toBe(
      `cannot list: the Docker engine at unix:///var/run/docker.sock (from DOCKER_HOST) can't be reached: connect ${code}`,
    );
    expect(hintFor(error)).toContain(hint);
  });

  test('refused by ssh', () => {
    const error = translated(new SshError('ESSH', 'ada@box: Permission denied (publickey).'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toContain("can't be reached: ada@box: Permission denied (publickey).");
    expect(hintFor(error)).toContain('ssh HOST docker version');
  });
});

test("rrepl's own errors, aborts and defects are left alone", () => {
  for (const error of [
    new DeadlineError('late'),
    new DOMException('stop', 'AbortError'),
    new TypeError('defect'),
  ]) {
    expect(translated(error)).toBe(error);
  }
});

test('what is already so', () => {
  const refusal = (status: number, words: string) => new Refusal(words, status);
  expect(already.started(refusal(304, ''))).toBe(true);
  expect(already.stopped(refusal(304, ''))).toBe(true);
  expect(already.paused(refusal(409, 'Container 6f is already paused'))).toBe(true);
  expect(already.paused(refusal(409, 'Container 6f is not running'))).toBe(false);
  expect(already.unpaused(refusal(500, 'Container 6f is not paused'))).toBe(true);
  expect(already.gone(refusal(404, 'No such container: x'))).toBe(true);
  expect(already.gone(refusal(500, 'container 6f is not connected to the network n'))).toBe(true);
  expect(already.gone(refusal(409, 'volume is in use'))).toBe(false);
});

test('a file of a container that is being removed is told from one that is not there', () => {
  const words =
    'error processing tar file: Error after fallback to chroot: no such file or directory: exit status 1';
  expect(isVanishing(new Refusal(words, 500, new Error()))).toBe(true);
  expect(
    isVanishing(new Refusal('Could not find the file /x in container y', 404, new Error())),
  ).toBe(false);
});
