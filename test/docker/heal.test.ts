/**
 * Whatever was done to a topology, `heal` and `up` bring it back: faults planted by hand, and
 * drills that were broken off in every phase.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  configOf,
  containerOf,
  docker,
  holdings,
  NOTHING,
  redis,
  replicationNetworkOf,
} from '../support/docker.js';
import { inSync, masterOf, rolesInFiles, withLive } from '../support/live.js';
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

const NODES = ['redis-1', 'redis-2', 'redis-3'];
const FENCE = ['min-replicas-to-write', '1000'] as const;
const QUIET = ['repl-ping-replica-period', '3600'] as const;

interface Whole {
  readonly name: string;
  readonly master: string;
  readonly candidate: string;
  readonly other: string;
}

/** Brings one up; what `up` was told is returned, so that it can be told the same again. */
async function bringUp(...settings: string[]): Promise<{ name: string; wish: string[] }> {
  const name = newTopology('d');
  const wish = ['up', '--name', name, '--port', String(await freePorts(3)), ...settings];
  await rrepl(wish);
  return { name, wish };
}

afterAll(removeTopologies);

/** The roles of a healthy topology. */
async function rolesOf(name: string): Promise<Whole> {
  const master = await withLive(name, async (live) => (await masterOf(live)).name);
  const [candidate = '', other = ''] = NODES.filter((node) => node !== master);
  return { name, master, candidate, other };
}

/** One master, all in sync with it, the roles in the files, and all that was written before. */
async function expectWhole(name: string, master: string, mark: string): Promise<void> {
  await expectVerified(name);
  expect((await rolesOf(name)).master).toBe(master);
  expect(await withLive(name, rolesInFiles)).toEqual(
    Object.fromEntries(NODES.map((node) => [node, node === master ? null : master])),
  );
  for (const node of NODES) {
    expect(await redis(name, node, 'GET', 'mark'), node).toBe(mark);
    expect(await configOf(name, node, FENCE[0])).toBe('0');
    expect(await configOf(name, node, QUIET[0])).toBe('10');
  }
}

/** A write that every node has before anything is broken. */
async function leaveMark({ name, master }: Whole): Promise<string> {
  const mark = String(performance.now());
  await redis(name, master, 'SET', 'mark', mark);
  await withLive(name, async (live) => inSync(live, await masterOf(live)));
  return mark;
}

const pause = (name: string, node: string) => docker('pause', containerOf(name, node));
const kill = (name: string, node: string) => docker('kill', containerOf(name, node));
const stop = (name: string, node: string) => docker('stop', '-t', '15', containerOf(name, node));
const follow = (name: string, node: string, upstream: string) =>
  redis(name, node, 'REPLICAOF', upstream, '6379');
const rewrite = (name: string, node: string) => redis(name, node, 'CONFIG', 'REWRITE');
const beMaster = (name: string, node: string) => redis(name, node, 'REPLICAOF', 'NO', 'ONE');

async function cut(name: string, node: string): Promise<void> {
  await docker('network', 'disconnect', replicationNetworkOf(name), containerOf(name, node));
  for (const type of ['master', 'replica']) await redis(name, node, 'CLIENT', 'KILL', 'TYPE', type);
}

async function fence(name: string, master: string): Promise<void> {
  for (const [setting, value] of [FENCE, QUIET])
    await redis(name, master, 'CONFIG', 'SET', setting, value);
}

interface Fault {
  readonly fault: string;
  /** With what it is mended. */
  readonly by: 'heal' | 'up';
  readonly plant: (whole: Whole) => Promise<unknown>;
  /** Who is the master afterwards. */
  readonly master: 'master' | 'candidate' | 'furthest';
}

const FAULTS: readonly Fault[] = [
  {
    fault: 'a paused replica',
    by: 'heal',
    plant: ({ name, other }) => pause(name, other),
    master: 'master',
  },
  {
    fault: 'a paused master',
    by: 'heal',
    plant: ({ name, master }) => pause(name, master),
    master: 'master',
  },
  {
    fault: 'a paused master',
    by: 'up',
    plant: ({ name, master }) => pause(name, master),
    master: 'master',
  },
  {
    fault: 'a stopped replica',
    by: 'heal',
    plant: ({ name, candidate }) => stop(name, candidate),
    master: 'master',
  },
  {
    fault: 'a master that was stopped and saved its data',
    by: 'heal',
    plant: ({ name, master }) => stop(name, master),
    master: 'master',
  },
  {
    fault: 'a killed master',
    by: 'heal',
    plant: ({ name, master }) => kill(name, master),
    master: 'furthest',
  },
  {
    fault: 'a killed master',
    by: 'up',
    plant: ({ name, master }) => kill(name, master),
    master: 'furthest',
  },
  {
    fault: 'a replica that is cut off',
    by: 'heal',
    plant: ({ name, candidate }) => cut(name, candidate),
    master: 'master',
  },
  {
    fault: 'a master that is cut off',
    by: 'up',
    plant: ({ name, master }) => cut(name, master),
    master: 'master',
  },
  {
    fault: 'a fence that was left behind',
    by: 'heal',
    plant: ({ name, master }) => fence(name, master),
    master: 'master',
  },
  {
    fault: 'a fence that was left behind, also in the file',
    by: 'up',
    plant: async ({ name, master }) => {
      await fence(name, master);
      await rewrite(name, master);
    },
    master: 'master',
  },
  {
    fault: 'two masters',
    by: 'heal',
    plant: ({ name, candidate }) => beMaster(name, candidate),
    master: 'master',
  },
  {
    fault: 'two masters, the old one behind a fence',
    by: 'up',
    plant: async ({ name, master, candidate }) => {
      await fence(name, master);
      await beMaster(name, candidate);
    },
    master: 'candidate',
  },
  {
    fault: 'a master that was replaced while it was paused',
    by: 'heal',
    plant: async ({ name, master, candidate, other }) => {
      await pause(name, master);
      await beMaster(name, candidate);
      await follow(name, other, candidate);
      for (const node of [candidate, other]) await rewrite(name, node);
    },
    master: 'candidate',
  },
  {
    fault: 'a promotion that is in no file',
    by: 'heal',
    plant: async ({ name, master, candidate }) => {
      await kill(name, master);
      await beMaster(name, candidate);
    },
    master: 'candidate',
  },
  {
    fault: 'a promotion that is in no file',
    by: 'up',
    plant: async ({ name, master, candidate, other }) => {
      await kill(name, master);
      await beMaster(name, candidate);
      await follow(name, other, candidate);
    },
    master: 'candidate',
  },
  {
    fault: 'everything stopped',
    by: 'heal',
    plant: ({ name }) => Promise.all(NODES.map((node) => stop(name, node))),
    master: 'master',
  },
];

describe('a topology without an AOF', () => {
  let name: string;
  let wish: string[];

  beforeAll(async () => {
    ({ name, wish } = await bringUp());
  });

  const cases = FAULTS.map((it) => [`${it.fault}: ${it.by}`, it] as const);

  test.each(cases)('%s', async (_, { by, plant, master: expected }) => {
    const before = await rolesOf(name);
    const mark = await leaveMark(before);
    await plant(before);
    await rrepl(by === 'up' ? wish : ['heal', '--name', name]);
    const after = await rolesOf(name);
    const survivors = { master: [before.master], candidate: [before.candidate], furthest: NODES };
    expect(survivors[expected]).toContain(after.master);
    if (expected === 'furthest') expect(after.master).not.toBe(before.master);
    await expectWhole(name, after.master, mark);
  });

  test('nothing at all: heal changes nothing and says so', async () => {
    const { exitCode, stdout, stderr } = await run(['heal', '--name', name]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^NODE +ROLE/);
    expect(stderr).toContain(`${name} was well, nothing changed`);
  });
});

test('with an AOF a killed master comes back with all its writes, also those no replica has', async () => {
  const { name } = await bringUp('--set', 'appendonly=yes');
  const whole = await rolesOf(name);
  await leaveMark(whole);
  for (const node of [whole.candidate, whole.other]) await cut(name, node);
  await redis(name, whole.master, 'SET', 'mark', 'on the master only');
  await kill(name, whole.master);
  await rrepl(['heal', '--name', name]);
  await expectWhole(name, whole.master, 'on the master only');
});

describe('a drill that is broken off', () => {
  let name: string;
  let wish: string[];

  beforeAll(async () => {
    ({ name, wish } = await bringUp());
  });

  const PHASES = ['load begins', 'killed', 'promoted', 'old master started', 'load ends'];
  const cases = PHASES.flatMap((phase) => [
    ['SIGINT' as const, phase] as const,
    ['SIGKILL' as const, phase] as const,
  ]);

  test.each(cases)('by %s after "%s"', async (signal, phase) => {
    const drill = start([
      ...['kill-master', '--name', name, '--before', '300ms', '--after', '300ms'],
    ]);
    await drill.untilStderr(new RegExp(` ms {2}${phase}`));
    drill.child.kill(signal);
    const { exitCode, stderr } = await drill.ended;
    if (signal === 'SIGINT' && exitCode !== 0) {
      expect(exitCode, stderr).toBe(130);
      expect(stderr).toContain(`the drill was broken off: healing ${name}`);
      expect(stderr).toContain(`${name} has one master and its replicas in sync`);
      await expectVerified(name);
    }
    // Interrupted in its last milliseconds, it may have come to its end.
    if (phase !== 'load ends') expect(exitCode).toBe(signal === 'SIGINT' ? 130 : null);

    const up = await run(wish);
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    await expectVerified(name);
    const { nodes } = await status(name);
    expect(nodes.filter(({ role }) => role === 'master')).toHaveLength(1);
  });

  test('on a topology of its own, which it takes down', async () => {
    const fresh = newTopology('d');
    const port = String(await freePorts(3));
    const drill = start(['kill-master', '--fresh', '--name', fresh, '--port', port]);
    await drill.untilStderr(/ ms {2}load begins/);
    drill.child.kill('SIGINT');
    const { exitCode, stderr } = await drill.ended;
    expect(exitCode, stderr).toBe(130);
    expect(await holdings(fresh)).toEqual(NOTHING);
  });
});
