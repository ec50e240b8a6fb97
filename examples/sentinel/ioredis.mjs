/** With its defaults: it asks the sentinels when its connection ends, and only then. */
import { Redis } from 'ioredis';
import { account, list, map, name, sentinels } from './account.mjs';

const redis = new Redis({ sentinels, name, natMap: map });
redis.on('error', () => {});
await account((text) => redis.rpush(list, text));
