import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { modemOptions } from '../../../src/docker/connection.js';

const options = (url: string, more: object = {}) =>
  modemOptions({
    url,
    source: '--host',
    publishedHost: '127.0.0.1',
    configFolder: '/home/ada/.docker',
    ...more,
  });

test.each([
  ['unix:///run/docker.sock', { socketPath: '/run/docker.sock', protocol: 'http' }],
  ['npipe:////./pipe/docker_engine', { socketPath: '//./pipe/docker_engine', protocol: 'http' }],
  ['tcp://10.0.0.7:2375', { host: '10.0.0.7', port: '2375', protocol: 'http' }],
  ['tcp://[::1]:2375', { host: '::1', port: '2375', protocol: 'http' }],
  ['https://engine.lan:8443', { host: 'engine.lan', port: '8443', protocol: 'https' }],
  ['ssh://ada@engine.lan:2222', { host: 'engine.lan', port: '2222', username: 'ada' }],
  ['ssh://engine.lan', { protocol: 'ssh', username: userInfo().username, port: '' }],
])('%s', (url, expected) => {
  expect(options(url)).toMatchObject(expected);
});

test('leaves nothing for docker-modem to take from the environment', () => {
  expect(options('unix:///run/docker.sock')).toHaveProperty('host', undefined);
  expect(options('tcp://10.0.0.7:2375')).toHaveProperty('socketPath', undefined);
});

test('the SSH agent', () => {
  expect(options('ssh://a@b', { sshAgent: '/run/agent' })).toHaveProperty('sshOptions', {
    agent: '/run/agent',
  });
});

test('TLS, and not checking who is on the other side', () => {
  const checked = options('tcp://e:2376', { tls: { ca: 'CA', skipVerify: false } });
  expect(checked).toMatchObject({ protocol: 'https', ca: 'CA', agent: undefined });
  const unchecked = options('tcp://e:2376', { tls: { skipVerify: true } });
  expect(unchecked.agent).toHaveProperty('options.rejectUnauthorized', false);
});
