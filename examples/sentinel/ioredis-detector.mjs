/** It listens for what the sentinels publish, and leaves a master that they replace. */
import { Redis } from 'ioredis';
import { account, list, map, name, sentinels } from './account.mjs';

const redis = new Redis({ sentinels, name, natMap: map, failoverDetector: true });
redis.on('error', () => {});
await account((text) => redis.rpush(list, text));
