/**
 * The drill and its checker on real nodes: faults whose result is known beforehand, so that
 * a checker that finds nothing, or too much, is found out.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { KillMasterReport } from '../../src/drills/account.js';
import { listKey } from '../../src/drills/elements.js';
import {
  type Drilled,
  type DrillMoment,
  type KillMasterOptions,
  killMaster,
} from '../../src/drills/kill-master.js';
import type { Ledger } from '../../src/drills/ledger.js';
import { cutOff, joinAgain } from '../../src/live/cut.js';
import { passBarrier } from '../../src/redis/probes.js';
import { historyLines } from '../../src/report/history.js';
import { amount } from '../support/amount.js';
import { containerOf, docker, holdings, NOTHING, redis } from '../support/docker.js';
import { inSync, masterOf, othersThan, withLive } from '../support/live.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';
import { limits } from '../unit/redis/fake-node.js';

const NODES = ['redis-1', 'redis-2', 'redis-3'];
const WRITERS = 4;
const SHORT = ['--before', '300ms', '--after', '300ms'];

let name: string;

async function bringUp(...args: string[]): Promise<string> {
  const topology = newTopology('d');
  await rrepl(['up', '--name', topology, '--port', String(await freePorts(3)), ...args]);
  return topology;
}

beforeAll(async () => {
  name = await bringUp();
});

afterAll(removeTopologies);

/** A short drill under full load. */
const drill = (options: Partial<KillMasterOptions> = {}): Promise<Drilled> =>
  withLive(name, (live) => {
    const defaults: KillMasterOptions = {
      recover: 'promote',
      writers: WRITERS,
      ratePerSecond: null,
      beforeMs: 300,
      afterMs: 300,
      wait: 0,
      seed: 7,
      maxLoss: null,
      removedAfter: true,
      salvaging: null,
      run: randomBytes(4).toString('hex'),
    };
    return killMaster(live, { ...defaults, ...options }, limits(60_000));
  });

function acknowledged(ledger: Ledger): number {
  let count = 0;
  for (const { outcome } of ledger.writes()) if (outcome === 'acknowledged') count += 1;
  return count;
}

function nodeOf({ live, master }: Pick<DrillMoment, 'live' | 'master'>) {
  const node = live.nodes.find((it) => it.name === master);
  if (node === undefined) throw new Error(`no node ${master}`);
  return node;
}

/**
 * Cuts the replicas off while the master refuses writes and they have all it has; then at
 * least `least` writes are acknowledged that no replica can get. Dead, the master sends none.
 */
function cutWhileIdle(least: number) {
  const counted = { before: 0, afterKill: 0 };
  const hooks: KillMasterOptions['hooks'] = {
    beforeKill: async (moment) => {
      const { live, ledger } = moment;
      const master = nodeOf(moment);
      await master.redis.call('CONFIG', 'SET', 'min-replicas-to-write', 1000);
      await inSync(live, master);
      await Promise.all(othersThan(master.name, live).map((node) => cutOff(live, node)));
      counted.before = acknowledged(ledger);
      await master.redis.call('CONFIG', 'SET', 'min-replicas-to-write', 0);
      const enough = () =>
        expect(acknowledged(ledger) - counted.before).toBeGreaterThanOrEqual(least);
      await vi.waitFor(enough, { timeout: 20_000, interval: 20 });
    },
    afterKill: async ({ live, master, ledger }) => {
      await Promise.all(othersThan(master, live).map((node) => joinAgain(live, node)));
      counted.afterKill = acknowledged(ledger);
    },
  };
  return { hooks, lost: () => counted.afterKill - counted.before };
}

describe('the checker', () => {
  test.each([
    [null, 'pass'],
    [0, 'fail'],
  ])('finds exactly the writes after the cut, with --max-loss %s', async (maxLoss, verdict) => {
    const { hooks, lost } = cutWhileIdle(500);
    const { report, ledger } = await drill({ maxLoss, hooks });
    expect(lost()).toBeGreaterThanOrEqual(500);
    expect(report).toMatchObject({
      verdict,
      writes: { lost: lost(), acknowledged: acknowledged(ledger), resurrected: 0, duplicates: 0 },
      lostBeyondCut: lost(),
      lostBeforeCut: 0,
    });
    // The master's own stream says the same; what it held back is in the last event loop.
    const { lost: told = 0, lastEventLoop = 0 } = report.witness ?? {};
    expect(told + lastEventLoop).toBeGreaterThanOrEqual(lost());
    expect(told).toBeGreaterThan(400);
    expect(report.reasons[0]).toContain(`LOST ${lost().toLocaleString('en')} of`);
    expect(report.reasons[0]).toContain('all beyond the cut');
  });

  test('calls a key that was deleted on the new master a defect', async () => {
    const runId = randomBytes(4).toString('hex');
    const afterConvergence = async ({ live }: DrillMoment) => {
      const master = await masterOf(live);
      expect(await master.redis.call('DEL', listKey(runId, 0))).toBe(1);
      await Promise.all(
        othersThan(master.name, live).map((node) =>
          passBarrier(master.redis, node.redis, limits(20_000)),
        ),
      );
    };
    const { report } = await drill({ run: runId, hooks: { afterConvergence } });
    expect(report.verdict).toBe('fail');
    expect(report.lostBeforeCut).toBeGreaterThan(0);
    expect(report.reasons[0]).toMatch(/^a defect, not expected loss: .* before the cut/);
  });
});

const KILLS = amount(4, 20);

test(`WAIT 1: ${KILLS} kills in a row under full load lose nothing`, async () => {
  let master = (await status(name)).nodes.find(({ role }) => role === 'master')?.name;
  for (let round = 1; round <= KILLS; round += 1) {
    const { report } = await drill({ wait: 1 });
    const seen = JSON.stringify({ round, ...report });
    expect(report, seen).toMatchObject({
      verdict: 'pass',
      killed: master,
      writes: { lost: 0, resurrected: 0, duplicates: 0 },
      lostBeforeCut: 0,
      twoMasters: 0,
    });
    expect(report.writes.acknowledged, seen).toBeGreaterThan(0);
    expect(report.samples, seen).toBeGreaterThan(0);
    const followers = report.resyncs.filter(({ node }) => node !== report.killed);
    expect(
      followers.map(({ kind }) => kind),
      seen,
    ).toEqual(['partial']);
    master = report.promoted ?? undefined;
  }
  await expectVerified(name);
}, 180_000);

test('the same seed gives the same writes and the same faults', async () => {
  const PREFIX = 50;
  const FAULTS = /^(load|SIGKILL|killed|promoted|old master)/;

  /** What the master holds of each writer's first writes, and what the history says of them. */
  async function runWith(seed: number) {
    const runId = randomBytes(4).toString('hex');
    let held: unknown[] = [];
    const beforeKill = async (moment: DrillMoment) => {
      const call = nodeOf(moment).redis.call;
      const writers = Array.from({ length: WRITERS }, (_, writer) => listKey(runId, writer));
      await vi.waitFor(
        async () => {
          held = await Promise.all(writers.map((key) => call('LRANGE', key, 0, PREFIX - 1)));
          for (const list of held) expect(list).toHaveLength(PREFIX);
        },
        { timeout: 20_000, interval: 20 },
      );
    };
    const { report, ledger } = await drill({ seed, run: runId, hooks: { beforeKill } });
    const history = [...historyLines(ledger, seed)].map((line) => JSON.parse(line));
    const first = Array.from({ length: WRITERS }, (_, writer) =>
      history
        .filter((write) => write.writer === writer)
        .slice(0, PREFIX)
        .map(({ value }) => value),
    );
    expect(held).toEqual(first);
    const faults = report.timeline.map(({ event }) => event).filter((it) => FAULTS.test(it));
    return { held, faults };
  }

  const [one, same, other] = [await runWith(11), await runWith(11), await runWith(12)];
  expect(same).toEqual(one);
  expect(one.faults).toEqual([
    'load begins',
    'SIGKILL sent',
    'killed',
    'promoted',
    'old master started as a replica',
    'load ends',
  ]);
  expect(other.held).not.toEqual(one.held);
});

describe('--fresh', () => {
  let folder: string;
  const file = (it: string) => join(folder, it);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rrepl-drill-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fresh(...args: string[]): Promise<KillMasterReport> {
    const port = String(await freePorts(3));
    const options = ['--fresh', '--json', '--port', port, ...SHORT, ...args];
    const report = JSON.parse(await rrepl(['kill-master', ...options]));
    expect(report.topology).toMatch(/^drill-/);
    expect(await holdings(report.topology)).toEqual(NOTHING);
    return report;
  }

  test('reports as JSON, JUnit and history, and leaves nothing behind', async () => {
    const reports = `json=${file('r.json')},junit=${file('r.xml')},history=${file('r.jsonl')}`;
    const report = await fresh('--report', reports, '--seed', '5', '--wait', '1');
    expect(report).toMatchObject({
      drill: 'kill-master',
      verdict: 'pass',
      seed: 5,
      killed: 'redis-1',
      promoted: expect.stringMatching(/^redis-[23]$/),
      downtimeMs: expect.any(Number),
      lostBeyondCut: 0,
    });
    const counts = ['attempted', 'acknowledged', 'refused', 'unknown', 'lost', 'recovered'];
    for (const key of [...counts, 'resurrected', 'duplicates']) {
      expect(report.writes, key).toHaveProperty(key, expect.any(Number));
    }
    const { attempted, acknowledged, refused, unknown } = report.writes;
    expect(acknowledged).toBeGreaterThan(0);
    expect(acknowledged + refused + unknown).toBe(attempted);
    for (const event of report.timeline) {
      expect(Object.keys(event)).toEqual(['atMs', 'event', 'node']);
    }
    expect(report.timeline.filter(({ event }) => event === 'killed')).toMatchObject([
      { atMs: expect.any(Number), node: 'redis-1' },
    ]);
    expect(report.resyncs.map(({ node }) => node).sort()).toEqual(
      NODES.filter((node) => node !== report.promoted),
    );
    for (const resync of report.resyncs) {
      expect(Object.keys(resync)).toEqual(expect.arrayContaining(['node', 'kind', 'bytes']));
    }

    expectShape('kill-master', report);
    expect(JSON.parse(readFileSync(file('r.json'), 'utf8'))).toEqual(report);
    expect(readFileSync(file('r.xml'), 'utf8')).toMatch(/<testsuite .* failures="0"/);
    const history = readFileSync(file('r.jsonl'), 'utf8').trim().split('\n');
    const outcomes = history.map((line) => JSON.parse(line).outcome);
    expect(history).toHaveLength(attempted);
    expect(outcomes.filter((it) => it === 'acknowledged')).toHaveLength(acknowledged);
  });

  test('--recover restart with an AOF that is synced always loses nothing', async () => {
    const settings = ['--set', 'appendonly=yes', '--set', 'appendfsync=always'];
    const report = await fresh('--recover', 'restart', '--replicas', '1', ...settings);
    expect(report).toMatchObject({
      verdict: 'pass',
      recover: 'restart',
      killed: 'redis-1',
      promoted: null,
      writes: { lost: 0, resurrected: 0, duplicates: 0 },
    });
    expect(report.writes.acknowledged).toBeGreaterThan(0);
  });

  test('refuses the name of a topology that is there, and leaves that alone', async () => {
    const before = await holdings(name);
    const { exitCode, stdout, stderr } = await run(['kill-master', '--fresh', '--name', name]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`${name} is there already`);
    expect(await holdings(name)).toEqual(before);
    await expectVerified(name);
  });
});

describe('a topology without persistence', () => {
  let bare: string;
  const startedAt = () =>
    docker(
      'inspect',
      '--format',
      '{{.State.StartedAt}}',
      ...NODES.map((it) => containerOf(bare, it)),
    );
  const keys = () => Promise.all(NODES.map((node) => redis(bare, node, 'DBSIZE')));

  beforeAll(async () => {
    bare = await bringUp('--set', 'save=""');
    await redis(bare, 'redis-1', 'MSET', 'mine', '1', 'yours', '2');
    await redis(bare, 'redis-1', 'WAIT', '2', '10000');
    await withLive(bare, async (live) => inSync(live, await masterOf(live)));
  });

  test('--recover restart refuses while there are keys of others', async () => {
    const before = await startedAt();
    const { exitCode, stdout, stderr } = await run([
      ...['kill-master', '--recover', 'restart', '--name', bare],
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('redis-1 has no persistence');
    expect(stderr).toContain('its replicas are emptied too (2 keys at stake)');
    expect(stderr).toContain('--yes');
    expect(await startedAt()).toBe(before);
    expect(await keys()).toEqual(['2', '2', '2']);
  });

  test('--recover restart --yes says the danger, and the keys are gone everywhere', async () => {
    const options = ['--name', bare, '--recover', 'restart', '--yes', ...SHORT];
    const { exitCode, stdout, stderr } = await run(['kill-master', ...options]);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stderr).toContain('danger: redis-1 has no persistence');
    expect(stdout).toMatch(/^PASS +LOST [\d,]+ of/);
    expect(stdout).toContain('without an AOF a restart loses');
    expect(await keys()).toEqual(['0', '0', '0']);
    await expectVerified(bare);
  });

  test('--recover none leaves the master down and says what to do; that works', async () => {
    const options = ['--name', bare, '--recover', 'none', ...SHORT];
    const { exitCode, stdout, stderr } = await run(['kill-master', ...options]);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stderr).toContain(`redis-1 is down; \`rrepl promote replica --name ${bare}\``);
    expect((await status(bare)).nodes[0]).toMatchObject({ name: 'redis-1', state: 'stopped' });

    const table = await rrepl(['promote', 'replica', '--name', bare]);
    expect(table).toMatch(/^redis-[23] +master +running/m);
    await rrepl(['start', 'redis-1', '--name', bare]);
    await withLive(bare, async (live) => inSync(live, await masterOf(live)));
    await expectVerified(bare);
    const healed = await run(['heal', '--name', bare]);
    expect(healed.stderr).toContain(`${bare} was well, nothing changed`);
  });
});
