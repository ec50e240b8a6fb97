/**
 * Secured topologies as their users live through them: with a password, ACL users and the
 * default user off; and with TLS. And what an intruder on the host may look at.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { docker, holdings, IMAGE, shell } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  type Result,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

const NODES = ['redis-1', 'redis-2', 'redis-3'];
/** Full disks and handshakes, WAIT after AUTH, a paused master and TLS. */
const DIFFERENT_DRILLS = ['disk-full', 'lock-loss', 'shared-bgsave'];
const CONF = '/usr/local/etc/redis';

afterAll(removeTopologies);

/** Every file of a node's configuration folder, and the folder itself, with its mode. */
async function modes(name: string, node: string): Promise<Record<string, string>> {
  const list = await shell(name, node, `cd ${CONF} && stat -c '%n %a' . *`);
  return Object.fromEntries(list.split('\n').map((line) => line.split(' ') as [string, string]));
}

/** The texts that must be nowhere else than in the mounted files. */
async function secretsOf(name: string): Promise<string[]> {
  const files = ['password', 'replication-password', 'server.key'];
  const found = await Promise.all(
    NODES.flatMap((node) =>
      files.map((file) => shell(name, node, `cat ${CONF}/${file} 2>/dev/null || true`)),
    ),
  );
  const { volumes } = await holdings(name);
  const authority = volumes.filter((volume) => volume.endsWith('_authority'));
  const keys = authority.map((volume) =>
    docker('run', '--rm', '--volume', `${volume}:/authority`, IMAGE, 'cat', '/authority/ca.key'),
  );
  // Of a key every line.
  const lines = [...found, ...(await Promise.all(keys))]
    .flatMap((text) => text.split('\n'))
    .filter((line) => !line.startsWith('-----'));
  return [...new Set(lines)].filter(Boolean);
}

/** What somebody sees who may ask the engine, list processes and read what was printed. */
async function inSight(name: string, printed: readonly string[]): Promise<string> {
  const { containers, networks, volumes } = await holdings(name);
  const names = containers.map((line) => line.split(' ')[0] ?? '');
  const seen = await Promise.all([
    docker('inspect', ...names),
    docker('network', 'inspect', ...networks),
    docker('volume', 'inspect', ...volumes),
    ...names.map((container) => docker('top', container, '-eo', 'pid,args')),
    ...names.map((container) => docker('logs', container)),
    ...NODES.map((node) =>
      shell(
        name,
        node,
        `for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' <$f; done 2>/dev/null || true`,
      ),
    ),
  ]);
  return [...seen, ...printed].join('\n');
}

async function leaks(name: string, printed: readonly string[]): Promise<string[]> {
  const [secrets, seen] = await Promise.all([secretsOf(name), inSight(name, printed)]);
  return secrets.filter((secret) => seen.includes(secret));
}

interface Way {
  readonly title: string;
  readonly flags: readonly string[];
  readonly files: readonly string[];
  readonly security: { password: boolean; user: string | null; tls: boolean };
  readonly url: (port: number) => string;
}

const WAYS: Way[] = [
  {
    title: 'a password, ACL users, the default user off',
    flags: ['--password', 'auto', '--user', 'app'],
    files: ['password', 'redis.conf', 'replication-password', 'user'],
    security: { password: true, user: 'app', tls: false },
    url: (port) => `redis://app:***@127.0.0.1:${port}`,
  },
  {
    title: 'TLS and a password for the default user',
    flags: ['--password', 'auto', '--tls'],
    files: ['ca.crt', 'password', 'redis.conf', 'replication-password', 'server.crt', 'server.key'],
    security: { password: true, user: null, tls: true },
    url: (port) => `rediss://:***@127.0.0.1:${port}`,
  },
];

const NODES_AT_MOST = 4;
const firstPort = await freePorts(NODES_AT_MOST * WAYS.length);
const places = WAYS.map((way, at) => ({ ...way, port: firstPort + NODES_AT_MOST * at }));

describe.concurrent.each(places)('$title', ({ flags, files, security, url, port }) => {
  /** All that rrepl has printed without being asked for a secret. */
  const printed: string[] = [];
  let name: string;

  async function ask(command: string, ...args: string[]): Promise<Result> {
    const result = await run([command, '--name', name, '--debug', ...args]);
    printed.push(result.stdout, result.stderr);
    return result;
  }

  async function done(command: string, ...args: string[]): Promise<Result> {
    const result = await ask(command, ...args);
    expect(result.exitCode, `${command}\n${result.stderr}`).toBe(0);
    return result;
  }

  const cli = async (node: string, ...args: string[]) =>
    (await rrepl(['cli', node, '--name', name, '--', ...args])).trim();

  const untilRead = (node: string, key: string, value: string) =>
    vi.waitFor(async () => expect(await cli(node, 'GET', key)).toBe(value), { timeout: 20_000 });

  async function expectHidden(): Promise<void> {
    for (const node of NODES) {
      const found = Object.fromEntries(files.map((file) => [file, '600']));
      expect(await modes(name, node), node).toEqual({ '.': '700', ...found });
    }
  }

  beforeAll(async () => {
    name = newTopology('s');
    await done('plan', '--port', String(port), ...flags);
    await done('up', '--port', String(port), ...flags);
  });

  test.sequential('the status says what clients need, and masks the password', async () => {
    const json = JSON.parse((await done('status', '--json')).stdout);
    expectShape('status', json);
    expect(json.security).toEqual(security);
    expect(json.nodes.map((node: { url: string }) => node.url)).toEqual(
      NODES.map((_, index) => url(port + index)),
    );
    await expectHidden();
  });

  test.sequential('what env prints is where a client gets in, and nobody gets in without', async () => {
    const env = await done('env');
    expect(env.stderr).toContain('masked');
    const shown = await rrepl(['env', '--show-secrets', '--name', name]);
    const address = /^REDIS_URL=(.*)$/m.exec(shown)?.[1] ?? '';
    expect(address).toBe(
      url(port).replace('***', (await rrepl(['password', '--name', name])).trim()),
    );
    const ca = security.tls ? await rrepl(['ca', '--name', name]) : '';
    const tls = security.tls ? { tls: { ca } } : {};
    const options = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 };
    const ping = async (to: string) => {
      const client = new Redis(to, { ...options, ...tls, protocol: 2 });
      client.on('error', () => {});
      try {
        return await client.ping();
      } catch (error) {
        return (error as Error).message.split(' ')[0];
      } finally {
        client.disconnect();
      }
    };
    expect(await ping(address)).toBe('PONG');
    expect(await ping(address.replace(/\/\/.*@/, '//'))).toBe('NOAUTH');
  });

  test.sequential('clients that log in with HELLO get in, as those with AUTH do', async () => {
    const user = security.user ?? 'default';
    const tls = security.tls ? `--tls --cacert ${CONF}/ca.crt -h redis-1` : '';
    const say = (password: string) =>
      shell(
        name,
        'redis-1',
        `printf 'HELLO 2 AUTH ${user} %s\\nPING' "${password}" | redis-cli ${tls}`,
      );
    expect(await say(`$(cat ${CONF}/password)`)).toMatch(/\nPONG\s*$/);
    expect(await say('wrong')).toMatch(/WRONGPASS.*\n[\s\S]*NOAUTH/);
  });

  test.sequential('clients may do all, replicas replicate and nothing else', async () => {
    await cli('master', 'SET', 'k', 'v');
    await untilRead('redis-2', 'k', 'v');
    expect(await cli('master', 'PUBLISH', 'channel', 'x')).toBe('0');
    const users = await cli('master', 'ACL', 'LIST');
    expect(users).toMatch(/^user replication on .*-@all (\+(psync|replconf|ping) ?){3}$/m);
    expect(/^user default off/m.test(users)).toBe(security.user !== null);
  });

  test.sequential('it verifies, and a second up keeps it as it is without being told', async () => {
    await expectVerified(name);
    expect((await done('up')).stderr).toContain('nothing changed');
    const changed = await ask('up', '--password', 'env:OTHER');
    expect(changed.exitCode).toBe(2);
  });

  test.sequential('a switchover, and the files are as hidden as before', async () => {
    await done('switchover', 'redis-2');
    await expectHidden();
    await expectVerified(name);
  });

  test.sequential('a master that is killed: a replica is promoted, the old master follows it', async () => {
    await cli('master', 'SET', 'k', 'before the kill');
    await untilRead('redis-1', 'k', 'before the kill');
    await done('kill', 'redis-2');
    await done('promote', 'redis-1');
    await done('heal');
    const { nodes } = await status(name);
    expect(nodes.map(({ upstream, link }) => [upstream, link])).toEqual([
      [null, null],
      ['redis-1', 'up'],
      ['redis-1', 'up'],
    ]);
    expect(await cli('redis-2', 'GET', 'k')).toBe('before the kill');
    await expectHidden();
  });

  test.sequential('the drill', async () => {
    const times = ['--before', '500ms', '--after', '500ms', '--rate', '200'];
    await done('kill-master', ...times, '--json');
    await expectVerified(name);
  });

  test.sequential('the drills that a login or TLS makes different', async () => {
    const { exitCode, stdout } = await run(['drill', 'run', ...DIFFERENT_DRILLS, ...flags]);
    expect(exitCode, stdout).toBe(0);
  });

  test.sequential('restarts, one by one and all', async () => {
    for (const node of NODES) await done('restart', node);
    await done('heal');
    await expectVerified(name);
  });

  test.sequential('one more replica has the same access', async () => {
    const { stderr } = await done('up', '--replicas', '3');
    expect(stderr).toContain('1 master and 3 replicas, in sync');
    expect(await cli('redis-4', 'GET', 'k')).toBe('before the kill');
  });

  test.sequential('directives that change, at run time and with a restart, leave it secured', async () => {
    await done('up', '--set', 'maxmemory-policy=allkeys-lru');
    await expectHidden();
    expect((await done('up', '--set', 'databases=32')).stderr).toContain('is the master now');
    await expectHidden();
    expect(await cli('master', 'CONFIG', 'GET', 'databases')).toBe('databases\n32');
    expect(await cli('master', 'PUBLISH', 'channel', 'x')).toBe('0');
    await expectVerified(name);
  });

  test.sequential('down and up again: the same password over the same data', async () => {
    const before = await rrepl(['password', '--name', name]);
    await done('down');
    await done('up');
    expect(await rrepl(['password', '--name', name])).toBe(before);
    expect(await cli('master', 'GET', 'k')).toBe('before the kill');
    await expectHidden();
  });

  test.sequential('no secret is in labels, inspect, processes, logs, or what was printed', async () => {
    await ask('logs');
    await ask('render', ...flags);
    expect((await secretsOf(name)).length).toBeGreaterThan(security.tls ? 4 : 1);
    expect(await leaks(name, printed)).toEqual([]);
  });

  test.sequential('and one that is planted in a label is found', async () => {
    const [secret = ''] = await secretsOf(name);
    const planted = newTopology('s');
    const label = (key: string, value: string) => ['--label', `dev.rrepl.${key}=${value}`];
    const labels = [...label('topology', name), ...label('planted', secret)];
    await docker('volume', 'create', ...labels, planted);
    try {
      expect(await leaks(name, [])).toEqual([secret]);
    } finally {
      await docker('volume', 'rm', planted);
    }
  });

  test.sequential('a replica with a wrong masterauth says so in its status', async () => {
    await cli('redis-3', 'CONFIG', 'SET', 'masterauth', 'wrong');
    await cli('redis-3', 'CLIENT', 'KILL', 'TYPE', 'master');
    await vi.waitFor(
      async () =>
        expect((await ask('status')).stdout).toMatch(/! redis-3: .*refuses it: WRONGPASS/),
      { timeout: 20_000, interval: 200 },
    );
  });
});
