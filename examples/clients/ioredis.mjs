/** With its defaults: what was under way at a cut is sent again by itself. */
import { Redis } from 'ioredis';
import { account } from './account.mjs';

const redis = new Redis(process.env.REDIS_URL);
redis.on('error', () => {});
await account(
  (text) => redis.rpush('orders', text),
  () => redis.lrange('orders', 0, -1),
);
