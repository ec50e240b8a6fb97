/** It listens for what the sentinels publish. */
import { Redis } from 'iovalkey';
import { account, list, map, name, sentinels } from './account.mjs';

const redis = new Redis({ sentinels, name, natMap: map, failoverDetector: true });
redis.on('error', () => {});
await account((text) => redis.rpush(list, text));
