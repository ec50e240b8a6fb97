/** It also leaves a server that answers nothing: one that hangs, or whose address is gone. */
import { Redis } from 'iovalkey';
import { account, list, map, name, sentinels } from './account.mjs';

const timeouts = { connectTimeout: 1000, socketTimeout: 1000 };
const redis = new Redis({ sentinels, name, natMap: map, failoverDetector: true, ...timeouts });
redis.on('error', () => {});
await account((text) => redis.rpush(list, text));
