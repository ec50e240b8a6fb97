import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LABEL } from '../../../src/docker/labels.js';
import { foldersOf } from '../../../src/docker/names.js';
import { listTopology } from '../../../src/docker/topologies.js';
import { readKept, recordOf, withKept } from '../../../src/observe/kept.js';
import { ID, rdb } from '../../support/fake-redis.js';
import { FakeRun } from '../../support/run.js';
import { CONTAINERS, engineTopology, NOTHING_KNOWN, topology } from '../../support/topologies.js';

const NODE = {
  name: 'redis-1',
  port: 6381,
  config: 'appendonly no\n',
  disk: { rdb: null, aof: null, strange: 'dump.rdb is a folder' },
  end: { graceful: true, aof: false, saved: true },
  endedAtMs: 5000,
};
const RECORD = { version: 1, containers: CONTAINERS, nodes: [NODE] };

/** Volumes of redis-1 and redis-2, no container, and a record of this text. */
function down(text: string, volumes: readonly ('conf' | 'data')[] = ['conf', 'data']) {
  const seen = engineTopology(topology({ replicas: 1 }), { 'redis-1': null, 'redis-2': null });
  const nodes = seen.nodes.map((it) => (it.name === 'redis-1' ? { ...it, volumes } : it));
  const record = { name: 'rrepl-demo_record', createdMs: 0, labels: { [LABEL.record]: text } };
  return { ...seen, nodes, record };
}

describe('the record of what `down` kept', () => {
  it('tells what is in the volumes', async () => {
    const kept = await readKept(down(JSON.stringify(RECORD)), null);
    expect(kept).toEqual({ containers: CONTAINERS, nodes: [NODE] });
  });

  it.each([
    ['is of another version', JSON.stringify({ ...RECORD, version: 2 })],
    ['has none', JSON.stringify({ nodes: [NODE] })],
    ['broke off', JSON.stringify(RECORD).slice(0, -5)],
    ['is no JSON', 'yes'],
    ['is empty', ''],
    ['is null', 'null'],
  ])('tells nothing if it %s', async (_, text) => {
    expect(await readKept(down(text), null)).toEqual({ containers: null, nodes: [] });
  });

  it('may not be there', async () => {
    const seen = { ...down(''), record: null };
    expect(await readKept(seen, null)).toEqual({ containers: null, nodes: [] });
  });

  it.each([
    [['conf'], { disk: { rdb: null, aof: null, strange: null }, end: null }],
    [['data'], { config: null }],
  ] as const)(
    'tells nothing of volumes that were removed since: %j is left',
    async (left, lost) => {
      const { nodes } = await readKept(down(JSON.stringify(RECORD), left), null);
      expect(nodes).toEqual([{ ...NODE, ...lost }]);
    },
  );

  it('tells nothing of a node that is gone with its volumes, or has a container again', async () => {
    const text = JSON.stringify({
      ...RECORD,
      nodes: [NODE, { ...NODE, name: 'redis-9' }, { ...NODE, name: 'redis-2' }],
    });
    const seen = down(text);
    const [, there] = engineTopology(topology({ replicas: 1 })).nodes;
    const nodes = seen.nodes.map((it) => (it.name === 'redis-2' && there ? there : it));
    const kept = await readKept({ ...seen, nodes }, null);
    expect(kept.nodes.map(({ name }) => name)).toEqual(['redis-1']);
  });

  it('is what was seen: each redis.conf, each disk, and how the containers were made', async () => {
    const run = new FakeRun();
    await run.start({ topology: topology({ replicas: 1 }) });
    for (const name of run.runtime.containers.keys()) await run.runtime.stopContainer(name);
    const text = await recordOf(run.runtime, await listTopology(run.runtime, 'demo'));
    const { containers, nodes } = await readKept(down(text), null);
    expect(containers).toEqual(CONTAINERS);
    expect(nodes.map(({ name, port }) => [name, port])).toEqual([
      ['redis-1', 6381],
      ['redis-2', 6382],
    ]);
    expect(nodes[1]?.config).toMatch(/^replicaof redis-1 6379$/m);
    expect(nodes[0]?.disk?.rdb).toMatchObject({ origin: { id: ID, offset: 100 }, keys: 1 });
  });
});

describe('files under --dir', () => {
  function folder(): string {
    const dir = mkdtempSync(join(tmpdir(), 'rrepl-kept-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    return dir;
  }

  function lay(dir: string, node: string, conf: string | null, dump: string | null): void {
    const [confFolder, dataFolder] = foldersOf(dir, node);
    for (const it of [confFolder, dataFolder]) mkdirSync(it, { recursive: true });
    if (conf !== null) writeFileSync(`${confFolder}/redis.conf`, conf);
    if (dump !== null) writeFileSync(`${dataFolder}/dump.rdb`, dump, 'latin1');
  }

  const nothing = { ...engineTopology(topology({ replicas: 0, dir: '/d' })), nodes: [] };

  it('tell of every node that has any, where no container does', async () => {
    const dir = folder();
    lay(dir, 'redis-1', 'port 6379\n', rdb());
    lay(dir, 'redis-2', 'replicaof redis-1 6379\n', null);
    lay(dir, 'redis-3', null, rdb({ keys: 0 }));
    lay(dir, 'empty', null, null);
    writeFileSync(join(dir, 'rrepl.yaml'), '');
    const { nodes } = await readKept(nothing, dir);
    const found = nodes.map(({ name, config, disk }) => [name, config, disk?.rdb?.keys ?? null]);
    expect(found.sort()).toEqual([
      ['redis-1', 'port 6379\n', 1],
      ['redis-2', 'replicaof redis-1 6379\n', null],
      ['redis-3', null, 0],
    ]);
  });

  it('are not read beside a container, which mounts them', async () => {
    const dir = folder();
    lay(dir, 'redis-1', 'port 6379\n', rdb());
    const seen = engineTopology(topology({ replicas: 0, dir }));
    expect((await readKept(seen, dir)).nodes).toEqual([]);
  });

  it('need not be there', async () => {
    expect((await readKept(nothing, '/no/such/folder')).nodes).toEqual([]);
  });
});

it('what is kept is planned with as nodes that are there and do not answer', async () => {
  const kept = { containers: null, nodes: [NODE, { ...NODE, name: 'redis-10', port: 7000 }] };
  const seen = down('');
  const unknown = seen.nodes.map((it) => ({ ...it, ...NOTHING_KNOWN }));
  const { nodes } = withKept({ ...seen, nodes: unknown }, kept);
  expect(nodes[0]).toEqual({
    ...unknown[0],
    state: 'gone',
    port: 6381,
    config: NODE.config,
    disk: NODE.disk,
    end: NODE.end,
    endedAtMs: 5000,
  });
  expect(nodes.map(({ name, port }) => [name, port])).toEqual([
    ['redis-1', 6381],
    ['redis-2', null],
    ['redis-10', 7000],
  ]);
});
