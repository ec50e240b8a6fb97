/**
 * Sentinels that log in and speak TLS, on servers that check rights in two ways: they fail over, and
 * verify finds what would keep them from it.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { shell } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
  type VerifyJson,
} from '../support/rrepl.js';

afterAll(removeTopologies);

/** On a busy machine each command takes its time. */
const TEST_MS = 240_000;

describe.each(['redis:6.0', 'redis:8.0'])('on %s', (image) => {
  const name = newTopology('s');
  const there = (command: string, ...args: string[]) => rrepl([command, ...args, '--name', name]);
  const cli = (node: string, ...command: string[]) =>
    rrepl(['cli', node, '--name', name, '--', ...command]);
  const master = async () =>
    (await status(name)).nodes.find(({ role }) => role === 'master')?.name ?? '';

  async function failed(): Promise<string[]> {
    const { stdout } = await run(['verify', '--name', name, '--json']);
    const { checks }: VerifyJson = JSON.parse(stdout);
    const wrong = checks.filter(({ verdict }) => verdict !== 'pass');
    return wrong.map(({ id, node, seen }) => `${id} ${node ?? '-'}: ${seen}`).sort();
  }

  test('they settle, follow a switchover and elect another master', {
    timeout: TEST_MS,
  }, async () => {
    const port = String(await freePorts(2));
    const secured = ['--password', 'auto', '--user', 'app', '--tls', '--image', image];
    await there('up', ...secured, '--replicas', '1', '--sentinels', '3', '--port', port);
    await expectVerified(name);
    await there('switchover', 'redis-2');
    await expect.poll(failed, { timeout: 20_000 }).toEqual([]);
    await there('kill', 'master');
    await there('heal');
    expect(await master()).toBe('redis-1');
    await expectVerified(name);
  });

  test('verify finds a right, a master, a quorum and an address that are missing', async () => {
    await cli('redis-2', 'ACL', 'SETUSER', 'sentinel', '-slaveof');
    await cli('sentinel-2', 'SENTINEL', 'SET', name, 'quorum', '3');
    await cli('sentinel-3', 'SENTINEL', 'REMOVE', name);
    const conf = '/usr/local/etc/redis/redis.conf';
    // Written in place: its owner stays.
    const named = `sed 's/^replicaof .*/replicaof redis-1 6379/' ${conf} >/tmp/named`;
    await shell(name, 'redis-2', `${named} && cat /tmp/named >${conf}`);
    const no = 'no failover is possible: 2 of 3 sentinels can take part, and 3 must';
    expect(await failed()).toEqual([
      'durable redis-2: replicaof redis-1',
      `election -: ${no}`,
      expect.stringMatching(/^failover-rights redis-2: .*slaveof/),
      'sentinel sentinel-2: its quorum is 3, not 2',
      'sentinel sentinel-3: it monitors nothing',
      expect.stringMatching(/^users redis-2: /),
    ]);
  });

  test('a lone sentinel that is told of another master can log in to it', async () => {
    await there('up', '--sentinels', '1', '--image', image);
    await there('switchover', 'redis-2');
    const problem = async () => (await status(name)).sentinels?.[0]?.problem;
    // The old master has closed the connections of its clients: the sentinel dials it again.
    const open = /^the replica redis-1 is slave, disconnected for it$/;
    const first = await problem();
    if (first !== null) expect(first).toMatch(open);
    await expect.poll(problem, { timeout: 5000 }).toBeNull();
    await cli('sentinel-1', 'SENTINEL', 'REMOVE', name);
    await there('heal');
    expect(await problem()).toBeNull();
  });
});
