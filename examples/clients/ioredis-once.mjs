/** No command is sent twice: what was under way at a cut is an error, and the program decides. */
import { Redis } from 'ioredis';
import { account } from './account.mjs';

const redis = new Redis(process.env.REDIS_URL, {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 20,
});
redis.on('error', () => {});
await account(
  (text) => redis.rpush('orders', text),
  () => redis.lrange('orders', 0, -1),
);
