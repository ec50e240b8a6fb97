/** Data on a real master and replica: equal data is equal, every planted change is found. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareWith, readDataset } from '../../src/redis/compare-data.js';
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

const read = (node: RedisNode) => readDataset(node, [pair.master, pair.replica], options());

const compare = async () => compareWith(await read(pair.master), pair.replica, options());

const EQUAL = { different: [], undecided: [], unknownTypes: [] };

/** One command, as Lua writes its arguments, in one database: names and values may be binary. */
async function callIn(node: RedisNode, db: number, call: string): Promise<void> {
  await node.call('EVAL', `redis.call('SELECT', ${db}) redis.call(${call})`, 0);
}

test('equal data is equal, in every database', async () => {
  expect(await compare()).toMatchObject(EQUAL);
  const { databases } = await read(pair.master);
  expect([...databases].map(([db, { size }]) => [db, size])).toEqual([
    [0, 666 + 6],
    [1, 667],
    [2, 667],
  ]);
});

test('an empty server has no data', async () => {
  await pair.master.call('FLUSHALL');
  expect(await read(pair.master)).toMatchObject({ keys: 0, databases: new Map() });
});

test('how a value is stored does not matter', async () => {
  await pair.replica.call('CONFIG', 'SET', 'hash-max-ziplist-entries', 0);
  await pair.replica.call('CONFIG', 'SET', 'set-max-intset-entries', 0);
  // In parts: a busy machine may need long for all of it, and a call has a deadline.
  for (let part = 0; part < 10; part += 1) {
    const fill = `for i = ${5000 * part + 1}, ${5000 * (part + 1)} do redis.call('SET', 'k' .. i, ('v'):rep(100)) end`;
    const hash = `for i = ${20_000 * part + 1}, ${20_000 * (part + 1)} do redis.call('HSET', 'h', i, i) end`;
    await pair.master.call('EVAL', `${fill} ${hash}`, 0);
  }
  let answered = 0;
  const reading = read(pair.master);
  const done = reading.then(() => true);
  while (!(await Promise.race([done, sleep(1, false)]))) {
    await pair.bystander.call('PING');
    answered += 1;
  }
  expect((await reading).databases.get(0)?.size).toBe(672 + 50_001);
  expect(answered).toBeGreaterThan(10);
});
