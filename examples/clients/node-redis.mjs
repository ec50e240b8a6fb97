/** With its defaults: what was under way at a cut is an error, and it connects again by itself. */
import { createClient } from 'redis';
import { account } from './account.mjs';

const redis = createClient({ url: process.env.REDIS_URL });
redis.on('error', () => {});
await redis.connect();
await account(
  (text) => redis.rPush('orders', text),
  () => redis.lRange('orders', 0, -1),
);
