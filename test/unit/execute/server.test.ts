import { describe, expect, it, test } from 'vitest';
import { ownerFrom, serverOwner } from '../../../src/docker/server-user.js';
import { configurationRefusal } from '../../../src/live/server-exit.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { foreignSpec } from '../../support/topologies.js';

const DEBIAN = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
redis:x:999:998::/home/redis:/bin/sh
`;
const ALPINE = `root:x:0:0:root:/root:/bin/sh
redis-exporter:x:7:7::/:/sbin/nologin
redis:x:100:1000:Linux User,,,:/home/redis:/sbin/nologin
`;
const VALKEY = 'root:x:0:0:root:/root:/bin/bash\nvalkey:x:997:996::/home/valkey:/bin/sh\n';
const BARE = 'root:x:0:0:root:/root:/bin/sh\n';

describe('whose files the configuration must be', () => {
  it.each<[string, string, string | null, [number, number]]>([
    ["the image's redis, on Debian", DEBIAN, null, [999, 998]],
    ['on Alpine', ALPINE, null, [100, 1000]],
    ["the image's valkey", VALKEY, null, [997, 996]],
    ['an image that starts as root drops to redis', DEBIAN, 'root', [999, 998]],
    ['as 0', DEBIAN, '0', [999, 998]],
    ['as 0:0', DEBIAN, '0:0', [999, 998]],
    ['a user by name', DEBIAN, 'nobody', [65534, 65534]],
    ['by name and group', DEBIAN, 'redis:redis', [999, 998]],
    ['by number', DEBIAN, '1001', [1001, 1001]],
    ['by number and group', DEBIAN, '1001:50', [1001, 50]],
    ['by number and the name of a group', DEBIAN, '1001:root', [1001, 1001]],
    ['no such user: root', BARE, null, [0, 0]],
    ['no passwd', '', null, [0, 0]],
  ])('%s', (_, passwd, startsAs, [uid, gid]) => {
    expect(ownerFrom(passwd, startsAs)).toEqual({ uid, gid });
  });

  it('is read from the container, but for numbers, which need no look', async () => {
    const runtime = new FakeRuntime();
    runtime.add({ ...foreignSpec('server'), image: 'redis:6.0' });
    expect(await serverOwner(runtime, 'server', null)).toEqual({ uid: 999, gid: 999 });
    expect(runtime.calls).toEqual(['readFile server /etc/passwd']);
    expect(await serverOwner(runtime, 'server', '1000:1000')).toEqual({ uid: 1000, gid: 1000 });
    expect(runtime.calls).toHaveLength(1);
  });
});

const REDIS_6_0 = [
  '',
  '*** FATAL CONFIG FILE ERROR (Redis 6.0.16) ***',
  'Reading the configuration file, at line 3',
  ">>> 'foo bar'",
  'Bad directive or wrong number of arguments',
];
const REDIS_7_0 = [
  '1:C 22 Nov 2026 20:42:27.283 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo',
  '',
  '*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***',
  'Reading the configuration file, at line 41',
  `>>> 'maxmemory "128mib"'`,
  'argument must be a memory value',
];

test('what a server refuses in its configuration', () => {
  expect(configurationRefusal(REDIS_6_0)).toBe(
    "'foo bar': Bad directive or wrong number of arguments",
  );
  expect(configurationRefusal(REDIS_7_0)).toBe(
    `'maxmemory "128mib"': argument must be a memory value`,
  );
});

test.each([
  [
    'a module that is not there',
    [
      '1:M 26 Nov 2026 06:45:24.911 # Module /nope.so failed to load: /nope.so: cannot open shared object file: No such file or directory',
      "1:M 26 Nov 2026 06:45:24.911 # Can't load module from /nope.so: server aborting",
    ],
    'loadmodule: Module /nope.so failed to load: /nope.so: cannot open shared object file: No such file or directory',
  ],
  [
    'a folder for its socket that is not there, on 6.0',
    ['1:M 26 Nov 2026 06:45:26.018 # Opening Unix socket: bind: No such file or directory'],
    'unixsocket: bind: No such file or directory',
  ],
  [
    'from 7.0 on',
    ['1:M 26 Nov 2026 06:46:07.121 # Failed opening Unix socket: bind: No such file or directory'],
    'unixsocket: bind: No such file or directory',
  ],
  [
    'an unknown locale',
    ['1:M 26 Nov 2026 06:46:37.745 # Failed to configure LOCALE for invalid locale name.'],
    'locale-collate: Failed to configure LOCALE for invalid locale name.',
  ],
  [
    'an unknown directive, on 8.0',
    [
      '1:M 26 Nov 2026 06:46:38.295 # Unresolved Configuration(s) Detected:',
      "1:M 26 Nov 2026 06:46:38.295 # >>> 'foo bar'",
      '1:M 26 Nov 2026 06:46:38.295 # Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting',
    ],
    "'foo bar': Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting",
  ],
])('what it gives up over as it starts: %s', (_, log, refusal) => {
  expect(configurationRefusal(log)).toBe(refusal);
});

test('of several starts, the last', () => {
  expect(configurationRefusal([...REDIS_6_0, ...REDIS_7_0])).toContain('maxmemory');
});

test('a log that is cut off, and one that holds no such thing', () => {
  expect(configurationRefusal([">>> 'foo bar'"])).toBe("'foo bar': refused");
  expect(configurationRefusal(['1:M 22 Nov 2026 20:42:27.283 * Ready'])).toBeNull();
  expect(configurationRefusal([])).toBeNull();
});
