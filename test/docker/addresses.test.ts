/** Where clients reach the nodes, dialled from each place that clients run in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker } from '../support/docker.js';
import { newTopology, removeTopologies, rrepl, run } from '../support/rrepl.js';

afterAll(removeTopologies);

interface Dialled {
  readonly node: string;
  readonly from: string;
  readonly address: string;
  readonly problem: string | null;
}

async function dial(
  name: string,
): Promise<{ exitCode: number | null; dialled: readonly Dialled[] }> {
  const { exitCode, stdout } = await run(['addresses', '--name', name, '--check', '--json']);
  return { exitCode, dialled: JSON.parse(stdout).dialled };
}

const problems = (dialled: readonly Dialled[]) =>
  dialled.filter(({ problem }) => problem !== null).map(({ node, from }) => `${node} ${from}`);

const containersOf = async (name: string): Promise<string[]> => {
  const filter = `label=dev.rrepl.topology=${name}`;
  const text = await docker('ps', '-a', '--filter', filter, '--format', '{{.Names}}');
  return text.trim().split('\n').sort();
};

describe('published on the loopback', () => {
  const name = newTopology();
  beforeAll(() => rrepl(['up', '--name', name, '--replicas', '1']));

  test('all that is offered is reached, and nothing is left', async () => {
    const before = await containersOf(name);
    const { exitCode, dialled } = await dial(name);
    expect(dialled.map(({ node, from }) => `${node} ${from}`)).toEqual([
      'redis-1 host',
      'redis-2 host',
      'redis-1 sameNetwork',
      'redis-2 sameNetwork',
    ]);
    expect(problems(dialled)).toEqual([]);
    expect(exitCode).toBe(0);
    expect(await containersOf(name)).toEqual(before);
  });

  test('a node that is cut off is reached from this host alone', async () => {
    await rrepl(['disconnect', 'redis-2', '--name', name]);
    const { exitCode, dialled } = await dial(name);
    expect(problems(dialled)).toEqual(['redis-2 sameNetwork']);
    expect(exitCode).toBe(1);
    await rrepl(['heal', '--name', name]);
  });

  test('one that is down is reached from nowhere', async () => {
    await rrepl(['kill', 'redis-2', '--name', name]);
    const { dialled } = await dial(name);
    expect(problems(dialled)).toEqual(['redis-2 host', 'redis-2 sameNetwork']);
  });
});

describe('with password and TLS, published for others', () => {
  const name = newTopology();
  beforeAll(() =>
    rrepl([
      ...['up', '--name', name, '--replicas', '1', '--password', 'auto', '--tls'],
      ...['--bind', '0.0.0.0'],
    ]),
  );

  test('a container on another network reaches the gateway, and certificates are for it', async () => {
    const { exitCode, dialled } = await dial(name);
    expect(problems(dialled)).toEqual([]);
    expect(dialled.filter(({ from }) => from === 'otherNetwork')).toHaveLength(2);
    expect(exitCode).toBe(0);
  });

  test('a certificate that is for another host is told', async () => {
    const [from, to] = ['redis-1', 'redis-2'].map((node) => `rrepl-${name}-${node}`);
    const file = '/usr/local/etc/redis/server.crt';
    const certificate = await docker('exec', from ?? '', 'cat', file);
    await docker('exec', to ?? '', 'sh', '-c', `printf '%s' '${certificate}' >${file}`);
    const { dialled } = await dial(name);
    expect(dialled.find(({ problem }) => problem !== null)).toMatchObject({
      node: 'redis-2',
      from: 'sameNetwork',
      problem: 'its certificate is not for redis-2',
    });
  });
});

describe('with sentinels', () => {
  const name = newTopology();
  const SLOW = ['--sentinels', '3', '--down-after', '10s', '--timeout', '120s'];
  beforeAll(() => rrepl(['up', '--name', name, '--replicas', '1', ...SLOW]), 150_000);

  test('every address leads to its node, and every sentinel by the map to the master', async () => {
    const { exitCode, dialled } = await dial(name);
    expect(problems(dialled)).toEqual([]);
    expect(dialled).toHaveLength(10);
    expect(exitCode).toBe(0);
  });

  test('a sentinel that names another server than the master is told', async () => {
    const told = (...args: string[]) =>
      rrepl(['cli', 'sentinel-2', '--name', name, '--', 'SENTINEL', ...args]);
    const host = await addressOf(name, 'redis-2');
    await told('REMOVE', name);
    const [missing] = (await dial(name)).dialled.filter(({ problem }) => problem !== null);
    expect(missing).toMatchObject({ node: 'sentinel-2', problem: `it knows no master ${name}` });
    await told('MONITOR', name, host, '6379', '3');
    const [wrong] = (await dial(name)).dialled.filter(({ problem }) => problem !== null);
    expect(wrong).toMatchObject({ node: 'sentinel-2', from: 'host' });
    expect(wrong?.problem).toMatch(/^it names redis-2, which is no master$/);
  });

  test('env names the sentinels and their master', async () => {
    const text = await rrepl(['env', '--name', name]);
    expect(text).toMatch(/^REDIS_SENTINELS=(127\.0\.0\.1:\d+,){2}127\.0\.0\.1:\d+$/m);
    expect(text).toContain(`REDIS_MASTER_NAME=${name}\n`);
  });
});

async function addressOf(name: string, node: string): Promise<string> {
  const { nodes } = JSON.parse(await rrepl(['addresses', '--name', name, '--json']));
  const found: { sameNetwork: { host: string } } = nodes.find(
    (it: { readonly name: string }) => it.name === node,
  );
  return found.sameNetwork.host;
}
