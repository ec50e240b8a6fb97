import { expect, test } from 'vitest';
import { modemOptions } from '../../../src/docker/connection.js';
import { SshAgent } from '../../../src/docker/ssh.js';

const options = (url: string, more: object = {}) =>
  modemOptions({
    url,
    source: 'host',
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
  ['ssh://ada@engine.lan:2222', { host: 'docker', protocol: 'http', agent: expect.any(SshAgent) }],
])('%s', async (url, expected) => {
  expect(await options(url)).toMatchObject(expected);
});

test('leaves nothing for docker-modem to take from the environment', async () => {
  expect(await options('unix:///run/docker.sock')).toHaveProperty('host', undefined);
  expect(await options('tcp://10.0.0.7:2375')).toHaveProperty('socketPath', undefined);
});

test('TLS, and not checking who is on the other side', async () => {
  const checked = await options('tcp://e:2376', { tls: { ca: 'CA', skipVerify: false } });
  expect(checked).toMatchObject({ protocol: 'https', ca: 'CA', agent: undefined });
  const unchecked = await options('tcp://e:2376', { tls: { skipVerify: true } });
  expect(unchecked.agent).toHaveProperty('options.rejectUnauthorized', false);
});
