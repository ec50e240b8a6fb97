/** Data on a real master and replica: equal data is equal, every planted change is found. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareData } from '../../src/redis/compare-data.js';
import type { RedisNode } from '../../src/redis/node.js';
import { passBarrier, waitForLink } from '../../src/redis/probes.js';
import { type Pair, startPair } from '../unit/redis/docker-servers.js';
import { limits } from '../unit/redis/fake-node.js';

const options = () => ({ ...limits(60_000), sliceMs: 10, limit: 5 });

/** 2,000 keys of every type in databases 0, 1 and 2; some too long for one slice's first read. */
const FILL = `
for i = 1, 2000 do
  redis.call('SELECT', i % 3)
  local key, kind = 'key:' .. i, i % 7
  if kind == 0 then redis.call('SET', key, 'value ' .. i)
  elseif kind == 1 then redis.call('SET', key .. '\\0\\r\\n\\255', ('\\0\\254'):rep(i))
  elseif kind == 2 then for j = 1, 5 do redis.call('RPUSH', key, i .. ':' .. j) end
  elseif kind == 3 then for j = 1, 5 do redis.call('SADD', key, j, 'm' .. j) end
  elseif kind == 4 then for j = 1, 5 do redis.call('HSET', key, 'f' .. j, i + j) end
  elseif kind == 5 then for j = 1, 5 do redis.call('ZADD', key, i / j, 'm' .. j) end
  else
    for j = 1, 5 do redis.call('XADD', key, j .. '-1', 'field', i) end
    redis.call('XGROUP', 'CREATE', key, 'group', '2-1')
  end
  if i % 5 == 0 then redis.call('EXPIRE', key, 100000) end
end
redis.call('SELECT', 0)
redis.call('SET', 'long:string', ('0123456789'):rep(20000))
for i = 1, 3000 do
  redis.call('RPUSH', 'long:list', i)
  redis.call('SADD', 'long:set', 'member' .. i)
  redis.call('HSET', 'long hash\\0\\255', 'field' .. i, i)
  redis.call('ZADD', 'long:zset', i / 3, 'member' .. i)
  redis.call('XADD', 'long:stream', i .. '-0', 'n', i)
end`;

let pair: Pair;

beforeAll(async () => {
  pair = await startPair('rnode-digest', 17410);
  await waitForLink(pair.master, pair.replica, { ...limits(30_000), addresses: [pair.address] });
  await pair.replica.call('CONFIG', 'SET', 'replica-read-only', 'no');
});

afterAll(() => pair?.remove());

beforeEach(async () => {
  for (const node of [pair.master, pair.replica]) await node.call('FLUSHALL');
  await pair.master.call('EVAL', FILL, 0);
  await passBarrier(pair.master, pair.replica, limits(30_000));
});

const read = (node: RedisNode) => compareData(node, [], options());

async function compare() {
  const { comparisons } = await compareData(pair.master, [pair.replica], options());
  const [comparison] = comparisons;
  if (comparison?.status !== 'fulfilled') throw comparison?.reason;
  return comparison.value;
}

const EQUAL = { different: [], undecided: [], unknownTypes: [] };

/** One command, as Lua writes its arguments, in one database: names and values may be binary. */
async function callIn(node: RedisNode, db: number, call: string): Promise<void> {
  await node.call('EVAL', `redis.call('SELECT', ${db}) redis.call(${call})`, 0);
}

test('equal data is equal, in every database', async () => {
  expect(await compare()).toMatchObject(EQUAL);
  expect(await read(pair.master)).toMatchObject({ keys: 2000 + 6, databases: 3 });
});

test('an empty server has no data', async () => {
  await pair.master.call('FLUSHALL');
  expect(await read(pair.master)).toMatchObject({ keys: 0, databases: 0 });
});

test('how a value is stored does not matter', async () => {
  await pair.replica.call('CONFIG', 'SET', 'hash-max-ziplist-entries', 0);
  await pair.replica.call('CONFIG', 'SET', 'set-max-intset-entries', 0);
  const fill = "redis.call('HSET', 'h', 'a', 1, 'b', 2) redis.call('SADD', 's', 1, 2, 3)";
  await pair.master.call('EVAL', fill, 0);
  await passBarrier(pair.master, pair.replica, limits(30_000));
  await pair.replica.call('CONFIG', 'SET', 'hash-max-ziplist-entries', 512);
  await pair.replica.call('CONFIG', 'SET', 'set-max-intset-entries', 512);
  for (const key of ['h', 's']) {
    const [a, b] = await Promise.all(
      [pair.master, pair.replica].map((node) => node.call('OBJECT', 'ENCODING', key)),
    );
    expect(a).not.toBe(b);
  }
  expect(await compare()).toMatchObject(EQUAL);
});

describe('a change of one key is found and named', () => {
  test.each([
    ['a string', 0, 'key:21', "'SET', 'key:21', 'value 22'"],
    ['the end of a long string', 0, 'long:string', "'SETRANGE', 'long:string', 199999, 'x'"],
    ['a binary value', 1, 'key:1%00%0d%0a%ff', "'APPEND', 'key:1\\0\\r\\n\\255', '\\0'"],
    ['the order of a list', 2, 'key:2', "'RPOPLPUSH', 'key:2', 'key:2'"],
    ['an element of a long list', 0, 'long:list', "'LSET', 'long:list', 1234, 'x'"],
    ['a member of a set', 0, 'key:3', "'SADD', 'key:3', 'x'"],
    ['a member of a long set', 0, 'long:set', "'SREM', 'long:set', 'member777'"],
    ['a field of a hash', 1, 'key:4', "'HSET', 'key:4', 'f1', 'x'"],
    [
      'two values of a long hash swapped',
      0,
      'long%20hash%00%ff',
      "'HSET', 'long hash\\0\\255', 'field1', 2, 'field2', 1",
    ],
    ['a score', 2, 'key:5', "'ZINCRBY', 'key:5', '0.0000001', 'm5'"],
    ['a score of a long sorted set', 0, 'long:zset', "'ZADD', 'long:zset', 5, 'member2999'"],
    ['a stream entry', 0, 'key:6', "'XDEL', 'key:6', '3-1'"],
    ['an entry of a long stream', 0, 'long:stream', "'XDEL', 'long:stream', '2777-0'"],
    ['a group of a stream', 0, 'key:6', "'XGROUP', 'SETID', 'key:6', 'group', '3-1'"],
    ['a type', 2, 'key:2', "'SET', 'key:2', 1"],
    [
      'who holds a stream entry',
      0,
      'key:6',
      "'XCLAIM', 'key:6', 'group', 'other', 0, '3-1', 'FORCE'",
    ],
  ])('%s', async (_, db, name, call) => {
    await callIn(pair.replica, db, call);
    expect((await compare()).different).toEqual([{ db, name, what: 'differs' }]);
  });

  test.each([
    ['is gone', "'PERSIST', 'key:5'"],
    ['is earlier', "'EXPIRE', 'key:5', 50000"],
    ['is later', "'EXPIRE', 'key:5', 200000"],
  ])('an expiry that %s', async (_, call) => {
    await callIn(pair.replica, 2, call);
    expect((await compare()).different).toEqual([{ db: 2, name: 'key:5', what: 'expiry' }]);
  });
});

test('a missing key is found', async () => {
  await callIn(pair.replica, 1, "'DEL', 'key:4'");
  expect((await compare()).different).toEqual([
    { db: 1, name: 'key:4', what: 'only on the first' },
  ]);
});

test('a key in a database that the master does not use is found', async () => {
  await callIn(pair.replica, 3, "'SET', 'extra', 1");
  expect((await compare()).different).toEqual([
    { db: 3, name: 'extra', what: 'only on the second' },
  ]);
});

test('no more differences are named than asked for', async () => {
  await pair.replica.call('FLUSHALL');
  expect((await compare()).different).toHaveLength(5);
});

test('a key that expired but was not deleted yet does not count', async () => {
  const { master, replica, container } = pair;
  const { keys } = await read(replica);
  await master.call('SET', 'ghost', 1, 'PX', 1500);
  await passBarrier(master, replica, limits(30_000));
  await container('pause', 'master');
  await sleep(1600);
  expect(await replica.call('DBSIZE')).toBe(673);
  expect((await read(replica)).keys).toBe(keys);
  await container('unpause', 'master');
});

test('reading goes on in slices, so that others are answered meanwhile', async () => {
  // In parts: a busy machine may need long for all of it, and a call has a deadline.
  for (let part = 0; part < 10; part += 1) {
    const strings = `for i = ${5000 * part + 1}, ${5000 * (part + 1)} do redis.call('SET', 'k' .. i, ('v'):rep(100)) end`;
    const fields = `for i = ${20_000 * part + 1}, ${20_000 * (part + 1)} do redis.call('HSET', 'h', i, i) end`;
    await pair.master.call('EVAL', `${strings} ${fields}`, 0);
  }
  let answered = 0;
  const reading = read(pair.master);
  const done = reading.then(() => true);
  while (!(await Promise.race([done, sleep(1, false)]))) {
    await pair.bystander.call('PING');
    answered += 1;
  }
  expect((await reading).keys).toBe(2006 + 50_001);
  expect(answered).toBeGreaterThan(10);
});
