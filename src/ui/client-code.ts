/** How a client is told where to connect from this host, in its own language. Pure. */
import type { AddressBook } from '../live/addresses.js';
import { BY_SENTINELS } from './sentinel-code.js';

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

/**
 * By way of the sentinels where there are any. Else of the master, or of every node where none is
 * known. Empty where no node has an address.
 */
export function clientCode(client: Client, book: AddressBook): readonly string[] {
  const watched = watchedIn(book);
  if (watched !== null) return BY_SENTINELS[client](watched);
  const { nodes } = book;
  const masters = nodes.filter(({ role }) => role === 'master');
  return (masters.length === 1 ? masters : nodes).flatMap(({ host }) =>
    host === null ? [] : BY_URL[client](host.url),
  );
}

function watchedIn({ masterName, sentinels = [], maps, nodes, security }: AddressBook) {
  const places = sentinels.flatMap(({ host }) => host ?? []);
  const [server] = nodes.flatMap(({ host }) => host ?? []);
  if (masterName === undefined || !maps?.host || server === undefined) return null;
  const password = security.password ? decodeURIComponent(new URL(server.url).password) : null;
  const { user, tls } = security;
  return { masterName, sentinels: places, map: maps.host, password, user, tls };
}
