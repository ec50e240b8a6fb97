/** The master's role moves, by command and under load; and the actions on single nodes. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { check } from '../../src/drills/checker.js';
import { Ledger } from '../../src/drills/ledger.js';
import { Load } from '../../src/drills/load.js';
import { readBack, removeLists, samePresence } from '../../src/drills/read-back.js';
import { Sampler } from '../../src/drills/sampler.js';
import { switchover } from '../../src/failover/switchover.js';
import type { LiveTopology } from '../../src/live/live-topology.js';
import { askNode } from '../../src/redis/ask.js';
import { FENCE, FENCE_SETTING, PING_SETTING } from '../../src/redis/fence.js';
import type { RedisNode } from '../../src/redis/node.js';
import { amount } from '../support/amount.js';
import { configOf, containerOf, docker, redis } from '../support/docker.js';
import { inSync, masterOf, othersThan, rolesInFiles, withLive } from '../support/live.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';
import { limits } from '../unit/redis/fake-node.js';

const NODES = ['redis-1', 'redis-2', 'redis-3'];
/** Not the default, so that restoring is more than setting the default. */
const PING_PERIOD = '7';

let name: string;

const of = (command: string, ...args: string[]) => [command, '--name', name, ...args];
const master = () => withLive(name, async (live) => (await masterOf(live)).name);
const settled = () => withLive(name, async (live) => inSync(live, await masterOf(live)));

beforeAll(async () => {
  name = newTopology('d');
  const port = String(await freePorts(3));
  await rrepl(of('up', '--port', port, '--set', `${PING_SETTING}=${PING_PERIOD}`));
});

afterAll(removeTopologies);

/** Settings that a switchover changes for a moment, on every node. */
const settings = () =>
  Promise.all(
    NODES.flatMap((node) =>
      [FENCE_SETTING, PING_SETTING].map((setting) => configOf(name, node, setting)),
    ),
  );
const UNTOUCHED = NODES.flatMap(() => ['0', PING_PERIOD]);

const SWITCHOVERS = amount(5, 20);

async function fullResyncs({ nodes }: LiveTopology): Promise<number> {
  const facts = await Promise.all(nodes.map(({ redis }) => askNode(redis)));
  return facts.reduce((sum, { syncs }) => sum + syncs.full, 0);
}

test(`switchover: ${SWITCHOVERS} in a row under full load lose nothing`, async () => {
  await withLive(name, async (live) => {
    const runId = randomBytes(4).toString('hex');
    const ledger = new Ledger(4);
    const clock = () => performance.now();
    const connections = live.nodes.map((node) => live.connect(node.name));
    const sampler = new Sampler(connections, clock);
    const options = { run: runId, seed: 1, ratePerSecond: null, wait: 0, ledger, clock };
    const load = new Load('redis-1', { ...options, connect: live.connect });
    const attempted = () => [0, 1, 2, 3].reduce((sum, writer) => sum + ledger.attempted(writer), 0);
    const fullBefore = await fullResyncs(live);

    sampler.start();
    load.start();
    try {
      for (let round = 1; round <= SWITCHOVERS; round += 1) {
        const old = await masterOf(live);
        await inSync(live, old);
        const before = attempted();
        await vi.waitFor(() => expect(attempted()).toBeGreaterThan(before + 500), {
          timeout: 20_000,
          interval: 5,
        });
        const replicas = othersThan(old.name, live);
        const [next, ...others] = round % 2 === 0 ? replicas : replicas.toReversed();
        if (next === undefined) throw new Error('no replica');
        await switchover({
          master: old.redis,
          next: next.redis,
          others: others.map((node) => node.redis),
          onPromoted: () => load.pointTo(next.name),
          ...limits(30_000),
        });
        expect((await masterOf(live)).name, `round ${round}`).toBe(next.name);
        expect(await settings(), `round ${round}`).toEqual(UNTOUCHED);
        expect(await rolesInFiles(live), `round ${round}`).toEqual(
          Object.fromEntries(NODES.map((it) => [it, it === next.name ? null : next.name])),
        );
      }
      await inSync(live, await masterOf(live));
    } finally {
      await Promise.all([load.stop(), sampler.stop()]);
    }

    expect(sampler.conflicts).toEqual([]);
    expect(sampler.rounds).toBeGreaterThan(SWITCHOVERS);
    expect((await fullResyncs(live)) - fullBefore, 'full resyncs').toBe(0);
    const last = await masterOf(live);
    await inSync(live, last);
    const [mine, ...theirs] = await Promise.all(
      [last, ...othersThan(last.name, live)].map((it) => readBack(it.redis, runId, 1, ledger)),
    );
    if (mine === undefined) throw new Error('nothing read');
    for (const presence of theirs) expect(samePresence(presence, mine), presence.node).toBe(true);
    const alive = { atMs: Number.POSITIVE_INFINITY, cut: null };
    const { writes } = check(ledger, mine, alive);
    expect(writes, JSON.stringify(writes)).toMatchObject({
      lost: 0,
      resurrected: 0,
      duplicates: 0,
      unknown: 0,
    });
    expect(writes.acknowledged).toBeGreaterThan(20 * 100);
    await removeLists(last.redis, runId, 4);
  });
  await expectVerified(name);
}, 180_000);

describe('switchover', () => {
  test('to the furthest replica, and back to a named one', async () => {
    const old = await master();
    const { exitCode, stdout, stderr } = await run(of('switchover'));
    expect(exitCode, stderr).toBe(0);
    const next = await master();
    expect(next).not.toBe(old);
    expect(stderr).toMatch(new RegExp(`^${next} is the master now; writes were refused for `, 'm'));
    expect(stdout).toMatch(new RegExp(`^${next} +master +running`, 'm'));
    const json = JSON.parse(await rrepl(['switchover', old, '--name', name, '--json']));
    expect(json.nodes.find((node: { role: string }) => node.role === 'master').name).toBe(old);
    expect(await settings()).toEqual(UNTOUCHED);
    await settled();
    await expectVerified(name);
  });

  test('to no replica of priority 0, unless it is named', async () => {
    const old = await master();
    const [first = '', second = ''] = NODES.filter((node) => node !== old);
    const setPriority = (node: string, value: string) =>
      redis(name, node, 'CONFIG', 'SET', 'replica-priority', value);
    try {
      await setPriority(first, '0');
      await rrepl(of('switchover'));
      expect(await master()).toBe(second);
      await rrepl(['switchover', old, '--name', name]);
      await setPriority(second, '0');
      for (const command of ['switchover', 'kill-master']) {
        const { exitCode, stderr } = await run(of(command));
        expect(exitCode, stderr).toBe(1);
        expect(stderr).toContain(`replica-priority is 0 on ${first}, ${second}\n`);
        expect(stderr).toContain(`\`rrepl switchover ${first} --name ${name}\``);
      }
      const { exitCode, stderr } = await run(['switchover', first, '--name', name]);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain(`${first} has replica-priority 0: promoted because it is named\n`);
      await rrepl(['switchover', old, '--name', name]);
    } finally {
      for (const node of NODES) await setPriority(node, '100');
    }
    await settled();
    await expectVerified(name);
  });

  describe('when the candidate can’t catch up', () => {
    let old: string;
    let next: string;
    let files: Record<string, string | null>;

    beforeAll(async () => {
      old = await master();
      next = NODES.find((node) => node !== old) ?? '';
      files = await withLive(name, rolesInFiles);
    });

    /** Same master, no fence, same files; and it takes writes. */
    afterEach(async () => {
      await settled();
      expect(await master()).toBe(old);
      expect(await settings()).toEqual(UNTOUCHED);
      expect(await withLive(name, rolesInFiles)).toEqual(files);
      expect(await redis(name, old, 'DEL', 'fenced')).toBe('0');
      await expectVerified(name);
    });

    test('because it hangs behind the fence: the fence is taken down', async () => {
      await withLive(name, async (live) => {
        const nodeOf = (wanted: string) => live.nodes.find((it) => it.name === wanted)?.redis;
        const [server, replica] = [nodeOf(old), nodeOf(next)];
        const others = othersThan(old, live).filter((node) => node.name !== next);
        if (server === undefined || replica === undefined) throw new Error('no such node');
        let fenced = false;
        const fencing: RedisNode = {
          ...server,
          call: async (command, ...args) => {
            const reply = await server.call(command, ...args);
            if (command === 'CONFIG' && args[1] === FENCE_SETTING && args[2] === FENCE) {
              await docker('pause', containerOf(name, next));
              fenced = true;
            }
            return reply;
          },
        };
        const moving = switchover({
          master: fencing,
          next: replica,
          others: others.map((node) => node.redis),
          ...limits(1500),
        });
        await expect(moving).rejects.toMatchObject({ exitCode: 5 });
        expect(fenced).toBe(true);
        expect(await configOf(name, old, FENCE_SETTING)).toBe('0');
      });
      await docker('unpause', containerOf(name, next));
    });

    test('because it is cut off: exit code 5, and no fence at all', async () => {
      await rrepl(['disconnect', next, '--name', name]);
      const options = ['--name', name, '--timeout', '1s'];
      const { exitCode, stdout, stderr } = await run(['switchover', next, ...options]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
      expect(stderr).toContain(`${next} to replicate from ${old} (seen: link down)`);
      expect(await configOf(name, old, FENCE_SETTING)).toBe('0');
      await rrepl(['connect', next, '--name', name]);
    });

    test('because it is paused from the beginning: it is no candidate', async () => {
      await rrepl(['pause', next, '--name', name]);
      const { exitCode, stdout, stderr } = await run(['switchover', next, '--name', name]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(`${next} is no replica that answers`);
      await rrepl(['unpause', next, '--name', name]);
    });

    test('promote is refused while the master lives', async () => {
      const { exitCode, stderr } = await run(['promote', 'replica', '--name', name]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`${old} is a living master`);
      expect(stderr).toContain('`rrepl switchover');
    });
  });
});

describe('one node, one action', () => {
  const TABLE = /^NODE +ROLE +STATE +UPSTREAM +LINK/;
  let old: string;
  let replica: string;
  let other: string;

  beforeAll(async () => {
    old = await master();
    [replica = '', other = ''] = NODES.filter((node) => node !== old);
  });

  /** Does it, and returns the state that its table shows of each node. */
  async function act(action: string, node: string): Promise<Record<string, string>> {
    const { exitCode, stdout, stderr } = await run([action, node, '--name', name]);
    expect(exitCode, `${action} ${node}\n${stderr}`).toBe(0);
    expect(stderr).toMatch(new RegExp(`^${action} redis-[123]: done$`, 'm'));
    expect(stdout, action).toMatch(TABLE);
    // Below the table stands what a broken link would cost.
    const [table = ''] = stdout.split('\n\n');
    const rows = table.split('\n').filter((line) => line.startsWith('redis-'));
    expect(rows).toHaveLength(3);
    return Object.fromEntries(
      rows.map((row) => row.split(/ +/)).map(([it, , state]) => [it, state]),
    );
  }

  /** Every role is what it was, and the topology is whole. */
  async function expectSameRoles(): Promise<void> {
    await settled();
    expect(await master()).toBe(old);
    expect((await status(name)).nodes.map(({ upstream }) => upstream)).toEqual(
      NODES.map((node) => (node === old ? null : old)),
    );
  }

  const linkOf = async (node: string) =>
    (await status(name)).nodes.find((it) => it.name === node)?.link;
  const untilLinkDown = (node: string) =>
    vi.waitFor(async () => expect(await linkOf(node)).toBe('down'), {
      timeout: 20_000,
      interval: 100,
    });

  test('pause and unpause', async () => {
    expect(await act('pause', 'master')).toMatchObject({ [old]: 'paused', [replica]: 'running' });
    expect((await status(name)).nodes.find((node) => node.name === old)).toMatchObject({
      state: 'paused',
      role: null,
    });
    expect(await act('unpause', old)).toMatchObject({ [old]: 'running' });
    expect(await act('pause', replica)).toMatchObject({ [replica]: 'paused', [old]: 'running' });
    expect(await act('unpause', replica)).toMatchObject({ [replica]: 'running' });
    await expectSameRoles();
  });

  test('stop, kill, start and restart keep the roles', async () => {
    expect(await act('stop', 'master')).toMatchObject({ [old]: 'stopped', [other]: 'running' });
    expect(await act('start', old)).toMatchObject({ [old]: 'running' });
    await expectSameRoles();
    expect(await act('restart', 'master')).toMatchObject({ [old]: 'running' });
    await expectSameRoles();
    expect(await act('kill', 'replica')).toMatchObject({ [replica]: 'stopped' });
    expect(await act('start', replica)).toMatchObject({ [replica]: 'running' });
    await expectSameRoles();
    expect(await act('restart', other)).toMatchObject({ [other]: 'running' });
    await expectSameRoles();
  });

  test('disconnect cuts a replica’s link, the host still reaches it, connect joins it', async () => {
    await act('disconnect', replica);
    await untilLinkDown(replica);
    expect(await linkOf(other)).toBe('up');
    await redis(name, old, 'SET', 'missed', 'by one');
    await withLive(name, async (live) => {
      const cut = live.nodes.find((node) => node.name === replica)?.redis;
      const follower = live.nodes.find((node) => node.name === other)?.redis;
      expect(await cut?.call('PING')).toBe('PONG');
      await vi.waitFor(async () => expect(await follower?.call('GET', 'missed')).toBe('by one'), {
        timeout: 20_000,
      });
      expect(await cut?.call('GET', 'missed')).toBeNull();
    });
    await act('connect', replica);
    await expectSameRoles();
    expect(await redis(name, replica, 'GET', 'missed')).toBe('by one');
  });

  test('disconnect of the master cuts all links, and it still takes writes', async () => {
    await act('disconnect', 'master');
    await untilLinkDown(replica);
    await untilLinkDown(other);
    await withLive(name, async (live) => {
      const cut = live.nodes.find((node) => node.name === old)?.redis;
      expect(await cut?.call('SET', 'alone', 'yes')).toBe('OK');
    });
    await act('connect', old);
    await expectSameRoles();
    expect(await redis(name, replica, 'GET', 'alone')).toBe('yes');
    await expectVerified(name);
  });

  test('--json prints the status', async () => {
    const json = JSON.parse(await rrepl(['restart', other, '--name', name, '--json']));
    expect(json).toMatchObject({ topology: name });
    expect(json.nodes.map((node: { name: string }) => node.name)).toEqual(NODES);
    await expectSameRoles();
  });

  test('a node that is not there', async () => {
    const { exitCode, stderr } = await run(['stop', 'redis-9', '--name', name]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`topology ${name} has no node "redis-9"`);
  });
});
