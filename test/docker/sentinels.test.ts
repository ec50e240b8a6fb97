/** Topologies that Sentinel watches: they come up settled, and the sentinels decide who leads. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker, holdings, IMAGE, NOTHING } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  start,
  status,
} from '../support/rrepl.js';
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

  const masters = async () => (await status(name)).sentinels?.map(({ master }) => master);

  test('verify proves that they could fail over', async () => {
    await expectVerified(name);
    expect(await rrepl(['verify', '--name', name])).toContain('failover-rights');
  });

  /** Of those that stay. */
  const startedAt = () =>
    docker(
      'inspect',
      '-f',
      '{{.State.StartedAt}}',
      ...SENTINELS.slice(0, 2).map((it) => `rrepl-${name}-${it}`),
    );

  test('a switchover is known to every sentinel before it returns, and stays', async () => {
    await rrepl(['switchover', 'redis-2', '--name', name]);
    expect(await masters()).toEqual(SENTINELS.map(() => 'redis-2'));
    await rrepl(['switchover', 'redis-1', '--name', name]);
    expect(await masters()).toEqual(SENTINELS.map(() => 'redis-1'));
  });

  const quorums = async () => (await status(name)).sentinels?.map(({ quorum }) => quorum);

  test('one that is removed is forgotten by the others, and what is asked of them changes live', async () => {
    const begun = await startedAt();
    await rrepl(['up', '--name', name, '--sentinels', '2']);
    const [first, second] = await Promise.all(
      SENTINELS.slice(0, 2).map((it) => addressOf(name, it)),
    );
    expect(await known(name, 'sentinel-1', 'SENTINELS')).toEqual([second]);
    expect(await known(name, 'sentinel-2', 'SENTINELS')).toEqual([first]);
    await rrepl(['up', '--name', name, '--sentinels', '3', '--quorum', '3']);
    expect(await quorums()).toEqual([3, 3, 3]);
    await rrepl(['up', '--name', name, '--quorum', '2', '--down-after', '2s']);
    expect(await quorums()).toEqual([2, 2, 2]);
    expect(await sentinel(name, 'sentinel-1', 'MASTERS')).toMatch(/down-after-milliseconds\s+2000/);
    expect(await startedAt()).toEqual(begun);
  });

  test('what was changed by hand is as it was asked for after up', async () => {
    await sentinel(name, 'sentinel-1', 'SET', name, 'quorum', '1');
    const [first] = (await status(name)).sentinels ?? [];
    expect(first?.problem).toBe('its quorum is 1, not 2');
    await rrepl(['up', '--name', name, '--down-after', '1s']);
    expect(await quorums()).toEqual([2, 2, 2]);
  });

  test('one that is cut off takes part in nothing, and heal brings it and a stopped one back', async () => {
    await rrepl(['stop', 'sentinel-1', '--name', name]);
    await rrepl(['disconnect', 'sentinel-2', '--name', name]);
    const problems = async () => (await status(name)).sentinels?.map(({ problem }) => problem);
    expect((await problems())?.[1]).toContain('it is cut off');
    expect(await rrepl(['why', '--election', '--name', name])).toContain('died now: none');
    expect((await run(['verify', '--name', name])).stdout).toContain(
      'no failover is possible: 1 of 3 sentinels can take part, and 2 must',
    );
    await rrepl(['heal', '--name', name]);
    expect(await problems()).toEqual([null, null, null]);
  });

  test('heal tells one that forgot the master of it again', async () => {
    await sentinel(name, 'sentinel-2', 'REMOVE', name);
    const plan = await rrepl(['heal', '--dry-run', '--name', name]);
    expect(plan).toMatch(/^monitor +\S+sentinel-2/m);
    await rrepl(['heal', '--name', name]);
    await expectVerified(name);
  });

  test('what goes against them is refused', async () => {
    for (const args of [
      ['reset', '--yes'],
      ['kill-master', '--recover', 'promote'],
    ]) {
      const refused = await run([...args, '--name', name]);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toContain('rrepl up --sentinels 0');
    }
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
    await rrepl(['start', 'redis-1', '--name', name]);
    expect((await status(name)).nodes.find((it) => it.name === 'redis-1')?.role).toBe('replica');
  });

  test('heal waits for their choice instead of making one', async () => {
    const before = (await status(name)).nodes.find(({ role }) => role === 'master')?.name ?? '';
    const downAfter = (ms: number) =>
      Promise.all(
        SENTINELS.map((it) => sentinel(name, it, 'SET', name, 'down-after-milliseconds', `${ms}`)),
      );
    await downAfter(60_000);
    await rrepl(['kill', before, '--name', name]);
    const refused = await run(['promote', 'replica', '--name', name]);
    expect(refused.stderr).toContain('the sentinels decide who leads');
    // Replicas that have been without a master for more than ten times as long would not be elected.
    await downAfter(5000);
    await rrepl(['heal', '--name', name]);
    const { nodes } = await status(name);
    const [master] = nodes.filter(({ role }) => role === 'master');
    expect(master?.name).not.toBe(before);
    expect(await masters()).toEqual(SENTINELS.map(() => master?.name));
    expect(nodes.find((it) => it.name === before)?.role).toBe('replica');
  });

  test('kill-master says so where they fail over again meanwhile, and ends', async () => {
    const drill = start(['kill-master', '--name', name, '--after', '8s']);
    await drill.untilStderr(/every sentinel names it/);
    await expect
      .poll(() => sentinel(name, 'sentinel-1', 'FAILOVER', name), { timeout: 20_000 })
      .toBe('OK');
    const { exitCode, stdout, stderr } = await drill.ended;
    expect(exitCode, stdout).toBe(1);
    const [, from, to] =
      /the sentinels have failed over again, from (\S+) to (\S+)/.exec(stderr) ?? [];
    expect(to, stderr).not.toBe(from);
    expect(stderr).toContain(`the master is ${to}, redis://`);
    await expectVerified(name);
  });

  test('nothing of them is left after down --volumes', async () => {
    await rrepl(['down', '--name', name, '--volumes']);
    expect(await holdings(name)).toEqual(NOTHING);
  });
});
