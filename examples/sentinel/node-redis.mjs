/** With its defaults: it listens for what the sentinels publish. */
import { createSentinel } from 'redis';
import { account, list, map, name, sentinels } from './account.mjs';

const redis = createSentinel({ name, sentinelRootNodes: sentinels, nodeAddressMap: map });
redis.on('error', () => {});
await redis.connect();
await account((text) => redis.rPush(list, text));
