/** Turning the AOF of a running server on or off, so that its next start finds all of the data. */
import { askNode } from './ask.js';
import type { RedisNode } from './node.js';
import { type Limits, waitUntil } from './wait.js';

const POLL_MS = 50;

/** Resolves when the AOF is whole: until then redis.conf must not say that there is one. */
export async function setAppendOnly(
  server: RedisNode,
  value: 'yes' | 'no',
  limits: Limits,
): Promise<void> {
  await server.call('CONFIG', 'SET', 'appendonly', value);
  const written = async () => {
    const { persistence } = await askNode(server);
    return persistence.aofRewriting ? undefined : true;
  };
  const describe = () => `${server.name} to write its AOF`;
  await waitUntil(written, { ...limits, everyMs: POLL_MS, describe });
}
