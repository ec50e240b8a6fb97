/** What `status` foretells of a link, and what `why` tells of it afterwards. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { IMAGE, redis } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, status } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

const REPLICA = 'redis-2';
let name: string;

beforeAll(async () => {
  name = newTopology('w');
  const port = String(await freePorts(3));
  await rrepl(['up', '--name', name, '--port', port, '--set', 'repl-backlog-size=1mb']);
});

afterAll(removeTopologies);

const of = (...args: string[]) => rrepl([...args, '--name', name]);

async function why(node: string) {
  const document = JSON.parse(await of('why', node, '--json'));
  expectShape('why', document);
  return document;
}

async function foretold() {
  const document = await status(name);
  expectShape('status', document);
  return document.nodes.find((node) => node.name === REPLICA)?.nextSync;
}

const untilLinked = () =>
  vi.waitFor(
    async () => {
      const { nodes } = await status(name);
      expect(nodes.map(({ link }) => link)).toEqual([null, 'up', 'up']);
    },
    { timeout: 80_000, interval: 200 },
  );

const write = (kilobytes: number) =>
  redis(
    name,
    'redis-1',
    ...[
      'EVAL',
      `for i = 1, ${kilobytes} do redis.call('SET', 'k' .. i, string.rep('x', 1000)) end`,
    ],
    '0',
  );

/** Cuts the replica off, writes, says what will be, joins it again and returns what `why` tells. */
async function cutAndJoin(kilobytes: number, expected: 'partial' | 'full') {
  await of('disconnect', REPLICA);
  await write(kilobytes);
  expect(await foretold()).toMatchObject({ kind: expected });
  const [said] = (await of('status')).match(/^redis-2 .*when it comes back: .*$/m) ?? [];
  await of('connect', REPLICA);
  await untilLinked();
  return { said, told: (await why(REPLICA)).syncs[0] };
}

test('in step: all of the backlog is room, and nothing is written', async () => {
  expect(await of('status')).toContain(
    'redis-2, redis-3  if this link broke now: partial, 1.0 MB of room left (nothing is being written)\n',
  );
});

test('a short cut is mended from the backlog', async () => {
  const { said, told } = await cutAndJoin(10, 'partial');
  expect(said).toMatch(/: partial, \d+\.\d KB of room left/);
  expect(told).toMatchObject({ kind: 'partial', cause: 'link lost', upstream: 'redis-1' });
  expect(told.bytes).toBeGreaterThan(10_000);
});

test('a long one exceeds it', async () => {
  const { said, told } = await cutAndJoin(3000, 'full');
  expect(said).toMatch(/: full: the backlog begins \d\.\d MB after this offset$/);
  expect(told).toMatchObject({
    kind: 'full',
    cause: 'link lost',
    refusal: expect.stringMatching(/^for lack of backlog/),
    rdb: { target: 'disk', sharedWith: [] },
  });
  const text = await of('why', REPLICA);
  expect(text).toContain('redis-1 refused: for lack of backlog.\nredis-1 sent an RDB of ');
  expect(text).toMatch(/^redis-1 \| .*Unable to partial resync with replica/m);
});

test('a replica that is stopped and started goes on where its RDB ends', async () => {
  await of('restart', REPLICA);
  await untilLinked();
  expect((await why(REPLICA)).syncs[0]).toMatchObject({ kind: 'partial', cause: 'started' });
});

test('a master that is stopped and started is another to Redis 6.0, and the same from 7.0 on', async () => {
  await of('restart', 'redis-1');
  await untilLinked();
  const { syncs, masterSince } = await why('master');
  expect(masterSince.how).toBe('started');
  const kind = /6\.[02]/.test(IMAGE) ? 'full' : 'partial';
  for (const sync of syncs) {
    expect(sync).toMatchObject({ kind, cause: 'link lost', upstreamRestarted: true });
  }
  expect(syncs).toHaveLength(2);
});

test('a link that the upstream closed over its output buffer', async () => {
  const setLimit = (bytes: string) =>
    redis(
      name,
      'redis-1',
      ...['CONFIG', 'SET', 'client-output-buffer-limit', `replica ${bytes} ${bytes} 0`],
    );
  await of('pause', REPLICA);
  await setLimit('1mb');
  await write(30_000);
  await setLimit('0');
  await of('unpause', REPLICA);
  await untilLinked();
  const { syncs, evidence } = await why(REPLICA);
  expect(syncs[0]).toMatchObject({ kind: 'full', cause: 'output buffer limit' });
  expect(evidence).toContainEqual({
    node: 'redis-1',
    line: expect.stringContaining('overcoming of output buffer limits'),
  });
  expect(await of('why', REPLICA)).toContain('exceeded client-output-buffer-limit: it asked');
});

test('a promoted master says so', async () => {
  await of('switchover', REPLICA);
  const { node, masterSince, evidence } = await why('master');
  expect([node, masterSince.how]).toEqual([REPLICA, 'promoted']);
  expect(evidence.at(-1).line).toMatch(/(MASTER|PRIMARY) MODE enabled \(user request/);
});
