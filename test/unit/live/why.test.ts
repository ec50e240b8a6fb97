import { describe, expect, it, test } from 'vitest';
import type { NodeStatus, TopologyStatus } from '../../../src/live/status.js';
import { readLog } from '../../../src/live/sync-words.js';
import { explain, type Known, readLogs } from '../../../src/live/why.js';
import { FakeRun } from '../../support/run.js';
import { type SyncLogs, syncLogs } from '../../support/sync-logs.js';

const IMAGES = ['redis-6.0', 'redis-7.0', 'redis-8.0', 'valkey-8.1'];
const NODES = ['redis-1', 'redis-2', 'redis-3'];
const FULL = /Finished with success/;
const PARTIAL = /Successful partial resynchronization/;
const MISMATCH = expect.stringMatching(/^Replication ID mismatch/);
const LACK = expect.stringMatching(/^for lack of backlog/);

const statusOf = (master: string): TopologyStatus => ({
  topology: 'demo',
  url: null,
  security: { password: false, user: null, tls: false },
  health: 'well',
  nodes: NODES.map((name) => {
    const replica = name !== master;
    return { name, role: replica ? 'replica' : 'master', upstream: replica ? master : null };
  }) as NodeStatus[],
});

const why = (name: string, found: SyncLogs, master = 'redis-1') => {
  const status = statusOf(master);
  const node = status.nodes.find((it) => it.name === name);
  if (node === undefined) throw new Error(`no ${name}`);
  return explain(node, { status, ...found });
};

const lastSync = (name: string, found: SyncLogs, master?: string) =>
  why(name, found, master).syncs[0];

describe.each(IMAGES)('%s', (image) => {
  it('the first one: nothing to go on with', () => {
    expect(lastSync('redis-2', syncLogs(image, ['redis-2', FULL, 1]))).toMatchObject({
      node: 'redis-2',
      upstream: 'redis-1',
      kind: 'full',
      cause: 'started',
      request: null,
      refusal: null,
      rdb: { target: 'disk' },
    });
  });

  it('after a short cut: from the backlog', () => {
    const { rdb, phases, ...sync } =
      lastSync('redis-2', syncLogs(image, ['redis-2', PARTIAL, 1])) ?? {};
    expect(sync).toMatchObject({
      kind: 'partial',
      cause: 'link lost',
      upstreamRestarted: false,
      request: { next: 1 },
      refusal: null,
      bytes: 50,
    });
    expect([rdb, phases]).toEqual([null, null]);
  });

  it('after a long one: the backlog was exceeded', () => {
    const sync = lastSync('redis-2', syncLogs(image, ['redis-2', FULL, 2]));
    expect(sync).toMatchObject({
      kind: 'full',
      cause: 'link lost',
      request: { next: 51 },
      refusal: LACK,
      rdb: { target: 'disk', sharedWith: [] },
    });
    expect(sync?.bytes).toBeGreaterThan(39_000);
    const { saveMs, transferMs, loadMs } = sync?.phases ?? {};
    expect((saveMs ?? 0) + (transferMs ?? 0) + (loadMs ?? 0)).toBe(sync?.tookMs);
  });

  it('started again: its RDB knows the place', () => {
    expect(lastSync('redis-3', syncLogs(image, ['redis-3', PARTIAL, 1]))).toMatchObject({
      kind: 'partial',
      cause: 'started',
      upstreamRestarted: false,
      request: { next: 3_009_872 },
    });
  });

  it('the old master, after a switchover', () => {
    const found = syncLogs(image, ['redis-1', PARTIAL, 1]);
    expect(lastSync('redis-1', found, 'redis-2')).toMatchObject({
      upstream: 'redis-2',
      kind: 'partial',
      cause: 'told',
      bytes: 0,
    });
  });

  it('its upstream was killed and started: it has another id', () => {
    const found = syncLogs(image, ['redis-1', FULL, 1]);
    expect(lastSync('redis-1', found, 'redis-2')).toMatchObject({
      kind: 'full',
      cause: 'link lost',
      upstreamRestarted: true,
      refusal: MISMATCH,
    });
  });

  it('its upstream was stopped and started: from 7.0 on it remembers', () => {
    expect(lastSync('redis-1', syncLogs(image), 'redis-2')).toMatchObject({
      upstreamRestarted: true,
      ...(image === 'redis-6.0'
        ? { kind: 'full', refusal: MISMATCH }
        : { kind: 'partial', refusal: null, bytes: 0 }),
    });
  });

  it('the master: promoted, then started', () => {
    const promoted = why('redis-2', syncLogs(image, ['redis-1', PARTIAL, 1]), 'redis-2');
    expect(promoted.masterSince?.how).toBe('promoted');
    expect(promoted.evidence.map(({ line }) => line)).toEqual([
      expect.stringContaining('Setting secondary replication ID'),
      expect.stringMatching(/(MASTER|PRIMARY) MODE enabled/),
    ]);
    const started = why('redis-2', syncLogs(image), 'redis-2');
    expect(started.masterSince?.how).toBe('started');
    expect(started.evidence).toHaveLength(1);
    expect(started.syncs.map(({ node }) => node)).toEqual(['redis-1', 'redis-3']);
  });
});

describe('one BGSAVE for several replicas', () => {
  const SHARED = ['redis-7.0', 'valkey-8.1'];
  test.each(IMAGES)('%s, on disk', (image) => {
    const found = syncLogs(image, ['redis-2', /Connection with (master|primary) lost/, 1]);
    const shared = ['redis-2', 'redis-3'].map((node) => lastSync(node, found)?.rdb?.sharedWith);
    // Where they came later than the first one's BGSAVE had ended, they had one each.
    expect(shared).toEqual(SHARED.includes(image) ? [['redis-3'], ['redis-2']] : [[], []]);
  });

  test.each(['redis-6.0', 'redis-7.0', 'valkey-8.1'])('%s, diskless', (image) => {
    expect(lastSync('redis-2', syncLogs(`${image}-diskless`))).toMatchObject({
      kind: 'full',
      refusal: LACK,
      bytes: null,
      rdb: { target: 'sockets', sharedWith: ['redis-3'] },
    });
  });

  it('redis 8.0, over its RDB channel: each its own', () => {
    expect(lastSync('redis-2', syncLogs('redis-8.0-diskless'))).toMatchObject({
      request: { next: 1 },
      refusal: LACK,
      bytes: null,
      rdb: { target: 'sockets', sharedWith: [] },
    });
  });

  it('a replica that parses the RDB as it comes has no transfer of its own', () => {
    const phases = (image: string) => lastSync('redis-2', syncLogs(`${image}-diskless`))?.phases;
    expect(phases('redis-7.0')).toEqual({ saveMs: 836, transferMs: null, loadMs: 63 });
    expect(phases('redis-6.0')).toEqual({ saveMs: 1206, transferMs: 31, loadMs: 66 });
  });
});

describe('the evidence', () => {
  it('is what both sides said, in its order', () => {
    const found = syncLogs('valkey-8.1', ['redis-1', FULL, 1]);
    const { evidence } = why('redis-1', found, 'redis-2');
    const short = evidence.map(
      ({ node, line }) => `${node} ${line.split(/ [*#] /)[1]?.slice(0, 40)}`,
    );
    expect(short).toMatchInlineSnapshot(`
      [
        "redis-1 Connection with primary lost.",
        "redis-2 oO0OoO0OoO0Oo Valkey is starting oO0OoO0",
        "redis-1 Trying a partial resynchronization (requ",
        "redis-2 Partial resynchronization not accepted: ",
        "redis-2 Starting BGSAVE for SYNC with target: di",
        "redis-2 Background saving terminated with succes",
        "redis-1 PRIMARY <-> REPLICA sync: receiving 3937",
        "redis-1 PRIMARY <-> REPLICA sync: Flushing old d",
        "redis-1 PRIMARY <-> REPLICA sync: Loading DB in ",
        "redis-1 PRIMARY <-> REPLICA sync: Finished with ",
      ]
    `);
  });

  it('leaves out what the upstream told other replicas', () => {
    const found = syncLogs('redis-7.0-diskless');
    const lines = why('redis-3', found).evidence.map(({ line }) => line);
    const other = found.nodes.find(({ name }) => name === 'redis-2')?.address ?? '';
    expect(lines.filter((line) => line.includes(other))).toEqual([]);
    expect(lines.filter((line) => line.includes('lack of backlog'))).toHaveLength(1);
  });
});

it('what was logged after it does not belong to it', () => {
  const found = syncLogs('redis-6.0', ['redis-2', FULL, 2]);
  expect(why('redis-3', found).evidence.at(-1)).toEqual({
    node: 'redis-3',
    line: expect.stringMatching(FULL),
  });
  // The next one has begun and not ended.
  const begun = syncLogs('redis-6.0', ['redis-2', /Trying a partial/, 2]);
  expect(lastSync('redis-2', begun)).toMatchObject({ kind: 'partial', request: { next: 1 } });
});

describe('what a log does not tell', () => {
  const known = (log: readonly string[]): SyncLogs => ({
    nodes: [],
    logs: new Map([['redis-2', readLog(log)]]),
  });
  const line = (words: string) => `1:S 22 Nov 2026 20:42:27.283 * ${words}`;

  test.each<[string, string[]]>([
    ['nothing', []],
    ['a question without an answer', [line('Trying a partial resynchronization (request ab:1).')]],
    [
      'a success whose beginning is gone',
      [line('Successful partial resynchronization with master.')],
    ],
  ])('%s is no synchronisation', (_, log) => {
    expect(why('redis-2', known(log))).toMatchObject({
      syncs: [],
      evidence: [],
      masterSince: null,
    });
  });

  it('a master without a beginning', () => {
    expect(why('redis-2', known([]), 'redis-2')).toMatchObject({ masterSince: null, evidence: [] });
  });

  it('without the log of the upstream, or its address there, the replica alone tells', () => {
    const { nodes, logs } = syncLogs('redis-6.0', ['redis-2', FULL, 2]);
    const alone = { nodes, logs: new Map([...logs].filter(([name]) => name === 'redis-2')) };
    const moved = { nodes: nodes.map((node) => ({ ...node, address: '10.9.9.9' })), logs };
    for (const found of [alone, moved]) {
      expect(lastSync('redis-2', found)).toMatchObject({
        kind: 'full',
        upstream: 'redis-1',
        request: { next: 51 },
        refusal: null,
        bytes: 39_454,
        rdb: null,
      });
    }
  });

  it('an upstream that is no node of the topology', () => {
    const { nodes, logs } = syncLogs('redis-6.0', ['redis-2', FULL, 2]);
    const log = logs.get('redis-2')?.map(({ atMs, text }) => ({
      atMs,
      text: text.replace('redis-1', 'elsewhere'),
    }));
    const found: Omit<Known, 'status'> = { nodes, logs: new Map([['redis-2', log ?? []]]) };
    expect(lastSync('redis-2', found as SyncLogs)?.upstream).toBe('elsewhere:6379');
  });
});

test('logs are read of every container that is there', async () => {
  const run = new FakeRun();
  await run.start();
  const container = run.runtime.containers.get('rrepl-demo-redis-2');
  container?.log.push('no time', '1:S 22 Nov 2026 20:42:27.283 * words');
  const node = (name: string, there: boolean) => ({
    name,
    container: there ? { name: `rrepl-demo-${name}` } : null,
  });
  const nodes = [node('redis-2', true), node('redis-9', false)];
  const live = { runtime: run.runtime, nodes } as unknown as Parameters<typeof readLogs>[0];
  expect([...(await readLogs(live))]).toEqual([
    ['redis-2', [{ atMs: Date.parse('2026-11-22T20:42:27.283Z'), text: expect.any(String) }]],
    ['redis-9', []],
  ]);
});
