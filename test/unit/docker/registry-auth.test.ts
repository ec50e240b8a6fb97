import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askHelper } from '../../../src/docker/credential-helper.js';
import { registryAuth as authOf, type RegistryLogins } from '../../../src/docker/registry-auth.js';

const signal = new AbortController().signal;
const registryAuth = (image: string, config: RegistryLogins | null, until = signal) =>
  authOf(image, config, (helper, registry) => askHelper(helper, registry, until));

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
])('%s', async (image, username, password, serveraddress) => {
  expect(await registryAuth(image, LOGINS)).toEqual({ username, password, serveraddress });
});

test('none where there is none in plain', async () => {
  expect(await registryAuth('kept.elsewhere/redis', LOGINS)).toBeUndefined();
  expect(await registryAuth('localhost/redis', LOGINS)).toBeUndefined();
  expect(await registryAuth('redis', {})).toBeUndefined();
  expect(await registryAuth('redis', null)).toBeUndefined();
});

test('an identity token that was left in plain', async () => {
  const auths = { 'registry.lan': { ...login('ada:'), identitytoken: 'token' } };
  const expected = { identitytoken: 'token', serveraddress: 'registry.lan' };
  expect(await registryAuth('registry.lan/redis', { auths })).toEqual(expected);
});

/** Helpers as they are installed: programs in PATH. */
let folder: string;
const path = process.env.PATH;
const HELPERS = {
  all: 'read registry; echo "{\\"Username\\":\\"ada\\",\\"Secret\\":\\"$1 $registry\\"}"',
  token: 'echo \'{"ServerURL":"x","Username":"<token>","Secret":"token"}\'',
  empty: 'echo "credentials not found in native keychain"; exit 1',
  locked: 'echo "the keychain is locked"; exit 1',
  odd: 'echo secret',
  hangs: 'sleep 30',
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rrepl-helpers-'));
  for (const [name, script] of Object.entries(HELPERS)) {
    const file = join(folder, `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  process.env.PATH = `${folder}${delimiter}${path}`;
});
afterAll(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

test('a helper is asked for the registry, one for that registry before the one for all', async () => {
  const config = {
    ...LOGINS,
    credsStore: 'all',
    credHelpers: { 'registry.lan:5000': 'token' },
  };
  expect(await registryAuth('redis:6.0', config)).toEqual({
    username: 'ada',
    password: 'get https://index.docker.io/v1/',
    serveraddress: 'https://index.docker.io/v1/',
  });
  expect(await registryAuth('registry.lan:5000/redis', config)).toEqual({
    identitytoken: 'token',
    serveraddress: 'registry.lan:5000',
  });
});

test('what a helper does not have may stand in plain', async () => {
  const config = { ...LOGINS, credsStore: 'empty' };
  expect(await registryAuth('registry.lan:5000/redis', config)).toMatchObject({ username: 'bob' });
  expect(await registryAuth('localhost/redis', config)).toBeUndefined();
});

test.each([
  ['missing', 'docker-credential-missing is not in PATH'],
  ['locked', 'docker-credential-locked fails: the keychain is locked'],
  ['odd', 'what the credential helper prints is no login'],
])('a helper that is %s', async (credsStore, message) => {
  await expect(registryAuth('redis', { credsStore })).rejects.toThrow(message);
});

test('a helper that hangs holds nobody up who has stopped waiting', async () => {
  const asked = registryAuth('redis', { credsStore: 'hangs' }, AbortSignal.timeout(100));
  await expect(asked).rejects.toThrow(/timeout/);
});
