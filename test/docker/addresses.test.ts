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
