/** Topologies that Sentinel watches: they come up settled, and the sentinels decide who leads. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker, holdings, IMAGE, NOTHING } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, run, status } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

afterAll(removeTopologies);

const sentinel = async (name: string, node: string, ...command: string[]) =>
  (await rrepl(['cli', node, '--name', name, '--', 'SENTINEL', ...command])).trim();

/** Addresses that a sentinel knows under a heading of its own, in order. */
async function known(name: string, node: string, what: 'SLAVES' | 'SENTINELS') {
  const lines = (await sentinel(name, node, what, name)).split('\n').map((it) => it.trim());
  return lines.flatMap((line, at) => (line === 'ip' ? (lines[at + 1] ?? []) : [])).sort();
}

async function addressOf(name: string, node: string): Promise<string> {
  const network = `rrepl-${name}_replication`;
  const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
  return (await docker('inspect', '-f', format, `rrepl-${name}-${node}`)).trim();
}

const SENTINELS = ['sentinel-1', 'sentinel-2', 'sentinel-3'];

describe(`on ${IMAGE}`, () => {
  let name: string;
  const up = (...args: string[]) => run(['up', '--name', name, ...args]);

  beforeAll(async () => {
    name = newTopology('s');
    const port = String(await freePorts(3));
    const { exitCode, stderr } = await up('--sentinels', '3', '--port', port, '--ttl', '1h');
    expect(exitCode, stderr).toBe(0);
  });

  test('each sentinel sees all servers and all others, by addresses, and could fail over', async () => {
    const json = JSON.parse(await rrepl(['status', '--name', name, '--json']));
    expectShape('status', json);
    expect(json.health).toBe('well');
    const replicas = await Promise.all(['redis-2', 'redis-3'].map((it) => addressOf(name, it)));
    for (const node of SENTINELS) {
      const others = SENTINELS.filter((it) => it !== node);
      const addresses = await Promise.all(others.map((it) => addressOf(name, it)));
      expect(await known(name, node, 'SLAVES')).toEqual(replicas.sort());
      expect(await known(name, node, 'SENTINELS')).toEqual(addresses.sort());
      expect(await sentinel(name, node, 'CKQUORUM', name)).toContain('OK 3 usable Sentinels');
    }
    expect(json.sentinels).toHaveLength(3);
    expect(json.sentinels[0]).toMatchObject({
      ...{ name: 'sentinel-1', state: 'running', master: 'redis-1', quorum: 2, epoch: 0 },
      ...{ replicas: 2, otherSentinels: 2, tilt: false, problem: null },
    });
  });

  test('the same wish again touches nothing', async () => {
    const before = await holdings(name);
    expect((await up()).stderr).toContain('is up already, nothing changed');
    expect(await holdings(name)).toEqual(before);
  });

  test('their logs and files are shown like those of servers', async () => {
    expect(await rrepl(['logs', 'sentinel-2', '--name', name])).toContain('+monitor master');
    expect(await rrepl(['render', 'sentinel-2', '--name', name, '--sentinels', '3'])).toContain(
      `# sentinel monitor ${name} redis-1 6379 2`,
    );
    expect((await run(['plan', '--name', name, '--sentinels', '4'])).stdout).toContain(
      `rrepl-${name}-sentinel-4`,
    );
  });

  test('when the master dies they elect another, and status tells what each believes', async () => {
    await rrepl(['kill', 'master', '--name', name]);
    await expect
      .poll(async () => (await status(name)).sentinels?.map(({ master }) => master), {
        timeout: 30_000,
      })
      .toEqual(expect.not.arrayContaining(['redis-1']));
    const { nodes, sentinels } = await status(name);
    const [master] = nodes.filter(({ role }) => role === 'master');
    expect(sentinels?.map((it) => it.master)).toEqual(SENTINELS.map(() => master?.name));
  });

  test('nothing of them is left after down --volumes', async () => {
    await rrepl(['down', '--name', name, '--volumes']);
    expect(await holdings(name)).toEqual(NOTHING);
  });
});
