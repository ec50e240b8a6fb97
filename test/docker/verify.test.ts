/**
 * `verify` must be able to fail. Each test breaks one thing of a live topology by hand,
 * expects exactly the checks that speak of it not to pass, and repairs it.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { containerOf, docker, redis, replicationNetworkOf, shell } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  type CheckJson,
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
  type VerifyJson,
} from '../support/rrepl.js';

const CONF_FILE = '/usr/local/etc/redis/redis.conf';
const SEED = [
  'SET text original',
  'HSET hash field1 a field2 b',
  'RPUSH list 1 2 3',
  'SET mortal soul',
  'EXPIREAT mortal 4000000000',
  'SELECT 3',
  'ZADD ranks 1 one 2 two',
  'SADD members x y z',
];

let name: string;

const cli = (node: string, ...command: string[]) => redis(name, node, ...command);
const container = (node: string) => containerOf(name, node);

beforeAll(async () => {
  name = newTopology();
  await rrepl(['up', '--name', name, '--port', String(await freePorts(3))]);
  await rrepl(['cli', '--name', name], { stdin: `${SEED.join('\n')}\n` });
  await expectVerified(name);
});

/** What a test plants, another must not find. */
afterEach(() => expectVerified(name));

afterAll(removeTopologies);

/** Runs verify, expects exit code 1 and returns the checks that did not pass. */
async function findings(...args: string[]): Promise<CheckJson[]> {
  const { exitCode, stdout, stderr } = await run(['verify', '--name', name, '--json', ...args]);
  expect(exitCode, stdout + stderr).toBe(1);
  const report: VerifyJson = JSON.parse(stdout);
  const bad = report.checks.filter(({ verdict }) => verdict !== 'pass');
  expect(report.verdict).toBe(bad.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'unknown');
  return bad;
}

/** The findings between planting and repairing, which is done whatever happens. */
async function findingsWhile(
  plant: () => Promise<unknown>,
  repair: () => Promise<unknown>,
  ...args: string[]
): Promise<CheckJson[]> {
  try {
    await plant();
    return await findings(...args);
  } finally {
    await repair();
  }
}

/** `fail data redis-2`, sorted. */
const brief = (checks: readonly CheckJson[]): string[] =>
  checks.map(({ id, node, verdict }) => [verdict, id, node].filter(Boolean).join(' ')).sort();

const linksUp = () =>
  vi.waitFor(
    async () => {
      const { nodes } = await status(name);
      expect(nodes.map(({ link }) => link).sort()).toEqual([null, 'up', 'up'].sort());
    },
    { timeout: 20_000, interval: 200 },
  );

const setReadOnly = (value: 'yes' | 'no') =>
  cli('redis-2', 'CONFIG', 'SET', 'replica-read-only', value);
const makeWritable = () => setReadOnly('no');
const makeReadOnly = () => setReadOnly('yes');

describe('roles', () => {
  const point = (node: string, ...upstream: string[]) => cli(node, 'REPLICAOF', ...upstream);
  const pointBack = async () => {
    await point('redis-3', 'redis-1', '6379');
    await linksUp();
  };

  test('a replica that can be written', async () => {
    const bad = await findingsWhile(makeWritable, makeReadOnly);
    expect(brief(bad)).toEqual(['fail durable redis-2', 'fail read-only redis-2']);
    expect(bad.find(({ id }) => id === 'read-only')?.seen).toBe('the write was accepted');
    expect(await cli('redis-2', 'DBSIZE')).toBe('4');
  });

  test('a replica that was re-pointed while it ran', async () => {
    const bad = await findingsWhile(() => point('redis-3', 'redis-2', '6379'), pointBack);
    expect(brief(bad)).toEqual(['fail durable redis-3', 'fail upstream redis-3']);
    expect(bad.find(({ id }) => id === 'upstream')).toMatchObject({
      expected: 'replica of redis-1',
      seen: 'replica of redis-2',
    });
  });

  test('a replica that follows a stranger', async () => {
    const bad = await findingsWhile(() => point('redis-3', '192.0.2.1', '7000'), pointBack);
    expect(brief(bad)).toEqual([
      'fail durable redis-3',
      'fail link redis-3',
      'fail offset redis-3',
      'fail probe redis-3',
      'fail upstream redis-3',
      'unknown databases redis-3',
      'unknown probe-deleted redis-3',
    ]);
  });

  test('a second master', async () => {
    const bad = await findingsWhile(() => point('redis-3', 'NO', 'ONE'), pointBack);
    expect(brief(bad)).toEqual([
      'fail durable redis-3',
      'fail one-master',
      'fail upstream redis-3',
      // Whose data they would have to be is open.
      ...['data', 'functions', 'offset', 'probe', 'probe-deleted', 'users'].map(
        (id) => `unknown ${id} redis-2`,
      ),
    ]);
    expect(bad.find(({ id }) => id === 'one-master')?.seen).toBe(
      `two masters: redis-1, redis-3; \`rrepl heal --name ${name}\` leaves one, and sets aside what only the others have`,
    );
  });
});

describe('a redis.conf that was edited on disk', () => {
  test.each([
    ['another upstream', 's/^replicaof redis-1/replicaof redis-3/', ['durable', 'upstream']],
    ['no upstream', 's/^replicaof/#replicaof/', ['durable', 'upstream']],
    ['writable', 's/^replica-read-only yes/replica-read-only no/', ['durable']],
  ])('%s after the next start', async (_, script, ids) => {
    const bad = await findingsWhile(
      () =>
        shell(
          name,
          'redis-2',
          `cp ${CONF_FILE} /tmp/ && sed '${script}' /tmp/redis.conf >${CONF_FILE}`,
        ),
      () => shell(name, 'redis-2', `cp /tmp/redis.conf ${CONF_FILE}`),
    );
    expect(brief(bad)).toEqual(ids.map((id) => `fail ${id} redis-2`));
  });

  test('another number of databases', async () => {
    const restarted = async (change: string) => {
      await shell(name, 'redis-2', change);
      await rrepl(['restart', 'redis-2', '--name', name]);
      await linksUp();
    };
    const bad = await findingsWhile(
      async () => {
        await restarted(`cp ${CONF_FILE} /tmp/ && echo databases 17 >>${CONF_FILE}`);
        expect(await rrepl(['status', '--name', name])).toContain(
          '! redis-2: it has 17 databases and its upstream 16: ',
        );
      },
      () => restarted(`cp /tmp/redis.conf ${CONF_FILE}`),
    );
    expect(brief(bad)).toEqual(['fail databases redis-2']);
  });

  test('an address for an upstream, as a failover by Sentinel leaves it', async () => {
    const format = `{{(index .NetworkSettings.Networks "${replicationNetworkOf(name)}").IPAddress}}`;
    const address = await docker('inspect', '--format', format, container('redis-1'));
    const point = async (upstream: string) => {
      await cli('redis-2', 'REPLICAOF', upstream, '6379');
      await linksUp();
    };
    await point(address);
    await expectVerified(name);
    const bad = await findingsWhile(
      () => cli('redis-2', 'CONFIG', 'REWRITE'),
      async () => {
        await point('redis-1');
        await cli('redis-2', 'CONFIG', 'REWRITE');
      },
    );
    expect(brief(bad)).toEqual(['fail durable redis-2']);
    expect(bad[0]?.seen).toContain(`replicaof ${address} 6379: after a restart another node`);
    expect(bad[0]?.seen).toContain(`\`rrepl heal --name ${name}\` writes the name`);
  });

  test('no file', async () => {
    const bad = await findingsWhile(
      () => shell(name, 'redis-2', `mv ${CONF_FILE} ${CONF_FILE}.away`),
      () => shell(name, 'redis-2', `mv ${CONF_FILE}.away ${CONF_FILE}`),
    );
    expect(brief(bad)).toEqual(['unknown durable redis-2', 'unknown upstream redis-2']);
  });
});

describe('data that differ', () => {
  /** Behind the master's back: on a replica that is read-only before and after. */
  async function onReplica(db: string, command: string): Promise<void> {
    await makeWritable();
    await cli('redis-2', '-n', db, ...command.split(' '));
    await makeReadOnly();
  }

  test.each([
    ['0', 'SET text changed', 'SET text original', 'text (differs)'],
    ['0', 'SET stray 1', 'DEL stray', 'stray (only on redis-2)'],
    ['0', 'HSET hash field2 c', 'HSET hash field2 b', 'hash (differs)'],
    ['0', 'PERSIST mortal', 'EXPIREAT mortal 4000000000', 'mortal (another expiry)'],
    ['0', 'EXPIREAT mortal 5000000000', 'EXPIREAT mortal 4000000000', 'mortal (another expiry)'],
    ['3', 'DEL members', 'SADD members x y z', 'members (only on redis-1)'],
    ['3', 'ZADD ranks 3 two', 'ZADD ranks 2 two', 'ranks (differs)'],
    ['5', 'SET stray 1', 'DEL stray', 'stray (only on redis-2)'],
  ])('database %s: %s', async (db, change, repair, named) => {
    const bad = await findingsWhile(
      () => onReplica(db, change),
      () => onReplica(db, repair),
    );
    expect(brief(bad)).toEqual(['fail data redis-2']);
    expect(bad[0]?.seen).toBe(`database ${db}: ${named}`);
  });

  test('is found while clients write and keys expire, and nothing else is', async () => {
    const loop = (command: string) =>
      `(until [ -e /tmp/enough ]; do client -r 1000 ${command} >/dev/null; done) &`;
    const load = [
      'INCR counter',
      'HINCRBY sums a 1',
      'SET lock 1 PX 5 NX',
      'XADD log MAXLEN 100 * a b',
    ];
    const writer = shell(name, 'redis-1', `${load.map(loop).join('\n')} wait`);
    const written = async () => expect(await cli('redis-1', 'EXISTS', 'counter')).toBe('1');
    try {
      await vi.waitFor(written, { timeout: 20_000, interval: 50 });
      await expectVerified(name);
      const bad = await findingsWhile(
        () => onReplica('0', 'SET text changed'),
        () => onReplica('0', 'SET text original'),
      );
      expect(brief(bad)).toEqual(['fail data redis-2']);
      expect(bad[0]?.seen).toBe('database 0: text (differs)');
    } finally {
      await shell(name, 'redis-1', 'touch /tmp/enough');
      await writer;
      await cli('redis-1', 'DEL', 'counter', 'sums', 'lock', 'log');
    }
  });

  test('libraries of functions, and when fields of a hash expire', async () => {
    const other = newTopology();
    const on = (node: string, ...command: string[]) => redis(other, node, ...command);
    await rrepl(['up', '--name', other, '--image', 'redis:8.0', '--replicas', '1']);
    const library = "#!lua name=ours\nredis.register_function('f', function() return 1 end)";
    await on('redis-1', 'FUNCTION', 'LOAD', library);
    await on('redis-1', 'HSET', 'hash', 'a', '1', 'b', '2');
    await on('redis-1', 'HEXPIREAT', 'hash', '4000000000', 'FIELDS', '1', 'a');
    await expectVerified(other);
    await on('redis-2', 'CONFIG', 'SET', 'replica-read-only', 'no');
    await on('redis-2', 'FUNCTION', 'FLUSH');
    await on('redis-2', 'HPERSIST', 'hash', 'FIELDS', '1', 'a');
    await on('redis-2', 'CONFIG', 'SET', 'replica-read-only', 'yes');
    const { stdout } = await run(['verify', '--name', other, '--json']);
    const { checks }: VerifyJson = JSON.parse(stdout);
    const bad = checks.filter(({ verdict }) => verdict !== 'pass');
    expect(bad.map(({ id, seen }) => `${id}: ${seen}`)).toEqual([
      'data: database 0: hash (differs)',
      'functions: library ours (only on redis-1)',
    ]);
  });

  test('users', async () => {
    const bad = await findingsWhile(
      () => cli('redis-1', 'ACL', 'SETUSER', 'guest', 'on', 'nopass', '+get'),
      () => cli('redis-1', 'ACL', 'DELUSER', 'guest'),
    );
    expect(brief(bad)).toEqual(['fail users redis-2', 'fail users redis-3']);
    expect(bad[0]?.seen).toBe('user guest (only on redis-1)');
  });
});

describe('nodes that are cut off or silent', () => {
  const others = (verdicts: readonly string[]) => verdicts.filter((it) => !it.endsWith('redis-2'));

  test('a link that is cut', async () => {
    const network = replicationNetworkOf(name);
    const cut = async () => {
      await docker('network', 'disconnect', network, container('redis-2'));
      await cli('redis-1', 'CLIENT', 'KILL', 'TYPE', 'replica');
      await cli('redis-2', 'CLIENT', 'KILL', 'TYPE', 'master');
    };
    const mend = async () => {
      // By hand, a server that looks its upstream up meanwhile may hold a dead link for a minute.
      await rrepl(['connect', 'redis-2', '--name', name]);
      await linksUp();
    };
    const bad = await findingsWhile(cut, mend);
    expect(brief(bad)).toEqual([
      'fail link redis-2',
      'fail offset redis-2',
      'fail probe redis-2',
      'unknown probe-deleted redis-2',
    ]);
    expect(bad.find(({ id }) => id === 'link')?.seen).toContain('link down');
  });

  test('a replica that hangs', async () => {
    const wake = async () => {
      await docker('unpause', container('redis-2'));
      await linksUp();
    };
    const bad = await findingsWhile(() => docker('pause', container('redis-2')), wake);
    const own = ['databases', 'durable', 'link', 'read-only', 'upstream', 'users'];
    const copied = ['data', 'functions', 'offset', 'probe', 'probe-deleted'];
    expect(brief(bad)).toEqual(
      ['one-master', ...[...own, ...copied].map((id) => `${id} redis-2`)]
        .map((check) => `unknown ${check}`)
        .sort(),
    );
  });

  test.each([
    ['redis-2', 'replica'],
    ['redis-1', 'master'],
  ])('%s, a %s, is stopped', async (node, role) => {
    const bad = await findingsWhile(
      () => docker('stop', '-t', '15', container(node)),
      async () => {
        await docker('start', container(node));
        await linksUp();
      },
    );
    const verdicts = brief(bad);
    expect(verdicts).toContain('fail one-master');
    if (role === 'replica') expect(others(verdicts)).toEqual(['fail one-master']);
    else
      expect(verdicts).toEqual(expect.arrayContaining(['fail link redis-2', 'fail link redis-3']));
  });
});

describe('reports', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rrepl-report-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('JUnit', async () => {
    await findingsWhile(makeWritable, makeReadOnly, '--report', `junit=${join(folder, 'bad.xml')}`);
    const bad = readFileSync(join(folder, 'bad.xml'), 'utf8');
    expect(bad).toContain(
      `<testsuite name="rrepl verify ${name}" tests="25" failures="2" errors="0"`,
    );
    expect(bad).toMatch(/name="read-only redis-2"><failure message="the write was accepted">/);

    const good = await run(['verify', '--name', name, '--report', 'junit=good.xml'], {
      cwd: folder,
    });
    expect(good.exitCode).toBe(0);
    expect(good.stdout).toContain('✔ redis-2');
    const report = readFileSync(join(folder, 'good.xml'), 'utf8');
    expect(report).toContain('tests="25" failures="0" errors="0"');
  });

  test('that can’t be written', async () => {
    const report = `junit=${join(folder, 'nowhere', 'x.xml')}`;
    const { exitCode, stderr } = await run(['verify', '--name', name, '--report', report]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("can't be written");
  });
});
