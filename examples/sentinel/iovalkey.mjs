/** With its defaults. */
import { Redis } from 'iovalkey';
import { account, list, map, name, sentinels } from './account.mjs';

const redis = new Redis({ sentinels, name, natMap: map });
redis.on('error', () => {});
await account((text) => redis.rpush(list, text));
