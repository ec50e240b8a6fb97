/** It also leaves a server that answers nothing. */
import { createSentinel } from 'redis';
import { account, list, map, name, sentinels } from './account.mjs';

const options = { socket: { connectTimeout: 1000, socketTimeout: 1000 } };
const redis = createSentinel({
  name,
  sentinelRootNodes: sentinels,
  nodeAddressMap: map,
  nodeClientOptions: options,
});
redis.on('error', () => {});
await redis.connect();
await account((text) => redis.rPush(list, text));
