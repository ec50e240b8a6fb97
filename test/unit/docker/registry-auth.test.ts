import { expect, test } from 'vitest';
import { registryAuth } from '../../../src/docker/registry-auth.js';

const login = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

const LOGINS = {
  auths: {
    'https://index.docker.io/v1/': login('ada:hub:secret'),
    'registry.lan:5000': login('bob:lan'),
    'kept.elsewhere': {},
    broken: login('nothing'),
  },
};

test.each([
  ['redis:6.0', 'ada', 'hub:secret', 'https://index.docker.io/v1/'],
  ['bitnami/redis', 'ada', 'hub:secret', 'https://index.docker.io/v1/'],
  ['docker.io/library/redis', 'ada', 'hub:secret', 'https://index.docker.io/v1/'],
  ['registry.lan:5000/redis:6.0', 'bob', 'lan', 'registry.lan:5000'],
])('%s', (image, username, password, serveraddress) => {
  expect(registryAuth(image, LOGINS)).toEqual({ username, password, serveraddress });
});

test('none where there is none in plain', () => {
  expect(registryAuth('kept.elsewhere/redis', LOGINS)).toBeUndefined();
  expect(registryAuth('localhost/redis', LOGINS)).toBeUndefined();
  expect(registryAuth('redis', {})).toBeUndefined();
  expect(registryAuth('redis', null)).toBeUndefined();
});
