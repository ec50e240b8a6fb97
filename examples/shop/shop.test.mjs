import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { useRedis } from 'rrepl/node-test';
import { Shop } from './shop.mjs';

const redis = useRedis({ replicas: 2 });

/** By a door, which follows the master. Sends nothing twice: a sale that was under way at a cut is unsure. */
async function connect(t) {
  const door = await redis.door();
  const options = {
    autoResendUnfulfilledCommands: false,
    // Without this, what was under way at a cut is never answered at all (ioredis 6).
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  };
  const client = new Redis(door.port, options).on('error', () => {});
  t.after(() => {
    client.disconnect();
    return door.close();
  });
  return client;
}

test('as many as there are, however many ask', async (t) => {
  const client = await connect(t);
  const shop = new Shop(client);
  await shop.stock(20);
  const customers = Array.from({ length: 60 }, (_, number) => `customer-${number}`);
  const answers = await Promise.all(customers.map((customer) => shop.sell(customer)));
  assert.equal(answers.filter((answer) => answer === 'sold').length, 20);
  assert.equal((await shop.sales()).length, 20);
});

test('through a failover: no sale that was promised is forgotten, and none is one too many', async (t) => {
  const client = await connect(t);
  const shop = new Shop(client);
  await shop.stock(1_000_000);
  const promised = [];
  let open = true;
  const selling = (async () => {
    for (let number = 0; open; number += 1) {
      const customer = `customer-${number}`;
      if ((await shop.sell(customer)) === 'sold') promised.push(customer);
    }
  })();
  await redis.killMaster({ wait: 1, rate: 100, before: 500, after: 1000 });
  open = false;
  await selling;
  const sales = await shop.sales();
  const left = Number(await client.get('stock'));
  assert.ok(promised.length > 10, `${promised.length} sales`);
  assert.deepEqual(
    promised.filter((customer) => !sales.includes(customer)),
    [],
  );
  assert.equal(new Set(sales).size, sales.length);
  assert.equal(left + sales.length, 1_000_000);
});
