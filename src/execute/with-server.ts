import type { RedisNode } from '../redis/node.js';
import type { World } from './world.js';

/** A connection for as long as the work lasts. */
export async function withServer<T>(
  {
    node,
    port,
    as,
  }: { readonly node: string; readonly port: number; readonly as?: 'sentinel' | undefined },
  world: Pick<World, 'connect'>,
  work: (server: RedisNode) => Promise<T>,
): Promise<T> {
  const server = world.connect(node, port, as);
  try {
    return await work(server);
  } finally {
    server.close();
  }
}
