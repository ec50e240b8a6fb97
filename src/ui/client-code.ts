/** How a client is told where to connect from this host, in its own language. Pure. */
import type { AddressBook } from '../live/addresses.js';

export const CLIENTS = [
  'ioredis',
  'iovalkey',
  'node-redis',
  'redis-py',
  'go-redis',
  'jedis',
  'lettuce',
] as const;
export type Client = (typeof CLIENTS)[number];

/** Each connects to one server by its URL. */
const BY_URL: Readonly<Record<Client, (url: string) => string>> = {
  ioredis: (url) => `new Redis('${url}')`,
  iovalkey: (url) => `new Redis('${url}')`,
  'node-redis': (url) => `createClient({ url: '${url}' })`,
  'redis-py': (url) => `redis.Redis.from_url("${url}")`,
  'go-redis': (url) => `redis.ParseURL("${url}")`,
  jedis: (url) => `new JedisPooled("${url}")`,
  lettuce: (url) => `RedisClient.create("${url}")`,
};

/** Of the master; of every node where none is known. Empty where no node has an address. */
export function clientCode(client: Client, { nodes }: Pick<AddressBook, 'nodes'>): string[] {
  const masters = nodes.filter(({ role }) => role === 'master');
  return (masters.length === 1 ? masters : nodes).flatMap(({ host }) =>
    host === null ? [] : BY_URL[client](host.url),
  );
}
