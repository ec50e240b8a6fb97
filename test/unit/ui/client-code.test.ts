import { describe, expect, it } from 'vitest';
import type { AddressBook } from '../../../src/live/addresses.js';
import { CLIENTS, clientCode } from '../../../src/ui/client-code.js';

const place = (host: string, port: number, login = '') => ({
  host,
  port,
  url: `redis://${login}${host}:${port}`,
});

const book = (login = '', security = {}): AddressBook => ({
  topology: 'demo',
  network: 'rrepl-demo_replication',
  security: { password: login !== '', user: null, tls: false, ...security },
  nodes: (['master', 'replica'] as const).map((role, index) => ({
    name: `redis-${index + 1}`,
    role,
    host: place('127.0.0.1', 6381 + index, login),
    sameNetwork: place(`198.18.7.${11 + index}`, 6379, login),
    otherNetwork: null,
  })),
});

const watched = (plain: AddressBook): AddressBook => ({
  ...plain,
  masterName: 'demo',
  sentinels: [
    {
      name: 'sentinel-1',
      host: place('127.0.0.1', 26381),
      sameNetwork: place('198.18.7.101', 26379),
      otherNetwork: null,
    },
  ],
  maps: {
    host: {
      '198.18.7.11:6379': { host: '127.0.0.1', port: 6381 },
      '198.18.7.12:6379': { host: '127.0.0.1', port: 6382 },
    },
    otherNetwork: null,
  },
});

const codeOf = (its: AddressBook) =>
  CLIENTS.map((client) => `${client}:\n${clientCode(client, its).join('\n')}`).join('\n\n');

describe('without sentinels', () => {
  it('leads to the master', () => {
    expect(codeOf(book())).toMatchInlineSnapshot(`
      "ioredis:
      new Redis('redis://127.0.0.1:6381')

      iovalkey:
      new Redis('redis://127.0.0.1:6381')

      node-redis:
      createClient({ url: 'redis://127.0.0.1:6381' })

      redis-py:
      redis.Redis.from_url("redis://127.0.0.1:6381")

      go-redis:
      redis.ParseURL("redis://127.0.0.1:6381")

      jedis:
      new JedisPooled("redis://127.0.0.1:6381")

      lettuce:
      RedisClient.create("redis://127.0.0.1:6381")"
    `);
  });

  it('or to every node, where there is no one master', () => {
    const { nodes, ...rest } = book();
    const leaderless = { ...rest, nodes: nodes.map((it) => ({ ...it, role: null })) };
    expect(clientCode('ioredis', leaderless)).toHaveLength(2);
  });
});

describe('with sentinels', () => {
  it('holds the map', () => {
    expect(codeOf(watched(book()))).toMatchInlineSnapshot(`
      "ioredis:
      new Redis({
        name: "demo",
        sentinels: [{ host: "127.0.0.1", port: 26381 }],
        natMap: {
          "198.18.7.11:6379": { host: "127.0.0.1", port: 6381 },
          "198.18.7.12:6379": { host: "127.0.0.1", port: 6382 },
        },
        failoverDetector: true,
      })

      iovalkey:
      new Redis({
        name: "demo",
        sentinels: [{ host: "127.0.0.1", port: 26381 }],
        natMap: {
          "198.18.7.11:6379": { host: "127.0.0.1", port: 6381 },
          "198.18.7.12:6379": { host: "127.0.0.1", port: 6382 },
        },
        failoverDetector: true,
      })

      node-redis:
      createSentinel({
        name: "demo",
        sentinelRootNodes: [{ host: "127.0.0.1", port: 26381 }],
        nodeAddressMap: {
          "198.18.7.11:6379": { host: "127.0.0.1", port: 6381 },
          "198.18.7.12:6379": { host: "127.0.0.1", port: 6382 },
        },
      })

      redis-py:
      # redis-py knows no map of addresses: this class is one; where that is no way, \`rrepl run\` gives it a door that follows the master
      ADDRESSES = {
          ("198.18.7.11", 6379): ("127.0.0.1", 6381),
          ("198.18.7.12", 6379): ("127.0.0.1", 6382),
      }

      class Sentinel(redis.sentinel.Sentinel):
          def discover_master(self, name):
              return ADDRESSES[super().discover_master(name)]
          def discover_slaves(self, name):
              return [ADDRESSES[it] for it in super().discover_slaves(name)]

      sentinel = Sentinel([("127.0.0.1", 26381)])
      sentinel.master_for("demo")

      go-redis:
      addresses := map[string]string{
      	"198.18.7.11:6379": "127.0.0.1:6381",
      	"198.18.7.12:6379": "127.0.0.1:6382",
      }
      redis.NewFailoverClient(&redis.FailoverOptions{
      	MasterName:    "demo",
      	SentinelAddrs: []string{"127.0.0.1:26381"},
      	Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
      		if to, ok := addresses[addr]; ok {
      			addr = to
      		}
      		return (&net.Dialer{}).DialContext(ctx, network, addr)
      	},
      })

      jedis:
      var addresses = Map.ofEntries(
          Map.entry("198.18.7.11:6379", new HostAndPort("127.0.0.1", 6381)),
          Map.entry("198.18.7.12:6379", new HostAndPort("127.0.0.1", 6382))
      );
      var master = DefaultJedisClientConfig.builder()
          .hostAndPortMapper(it -> addresses.getOrDefault(it.toString(), it)).build();
      var sentinel = DefaultJedisClientConfig.builder().build();
      var sentinels = Set.of(new HostAndPort("127.0.0.1", 26381));
      new JedisSentineled("demo", master, sentinels, sentinel);

      lettuce:
      var addresses = Map.ofEntries(
          Map.entry("198.18.7.11:6379", HostAndPort.of("127.0.0.1", 6381)),
          Map.entry("198.18.7.12:6379", HostAndPort.of("127.0.0.1", 6382))
      );
      var resources = ClientResources.builder().socketAddressResolver(
          MappingSocketAddressResolver.create(DnsResolvers.UNRESOLVED,
              it -> addresses.getOrDefault(it.toString(), it))).build();
      var uri = RedisURI.create("redis-sentinel://127.0.0.1:26381/0#demo");
      MasterReplica.connect(RedisClient.create(resources), StringCodec.UTF8, uri);"
    `);
  });

  it('and what lets a client in', () => {
    const secured = watched(book('app:a%20b@', { user: 'app', tls: true }));
    expect(codeOf(secured)).toMatchInlineSnapshot(`
      "ioredis:
      new Redis({
        name: "demo",
        sentinels: [{ host: "127.0.0.1", port: 26381 }],
        natMap: {
          "198.18.7.11:6379": { host: "127.0.0.1", port: 6381 },
          "198.18.7.12:6379": { host: "127.0.0.1", port: 6382 },
        },
        failoverDetector: true,
        username: "app",
        password: "a b",
        sentinelPassword: "a b",
        tls: { ca: readFileSync("ca.crt") },
        sentinelTLS: { ca: readFileSync("ca.crt") },
        enableTLSForSentinelMode: true,
      })

      iovalkey:
      new Redis({
        name: "demo",
        sentinels: [{ host: "127.0.0.1", port: 26381 }],
        natMap: {
          "198.18.7.11:6379": { host: "127.0.0.1", port: 6381 },
          "198.18.7.12:6379": { host: "127.0.0.1", port: 6382 },
        },
        failoverDetector: true,
        username: "app",
        password: "a b",
        sentinelPassword: "a b",
        tls: { ca: readFileSync("ca.crt") },
        sentinelTLS: { ca: readFileSync("ca.crt") },
        enableTLSForSentinelMode: true,
      })

      node-redis:
      createSentinel({
        name: "demo",
        sentinelRootNodes: [{ host: "127.0.0.1", port: 26381 }],
        nodeAddressMap: {
          "198.18.7.11:6379": { host: "127.0.0.1", port: 6381 },
          "198.18.7.12:6379": { host: "127.0.0.1", port: 6382 },
        },
        nodeClientOptions: { username: "app", password: "a b", socket: { tls: true, ca: readFileSync("ca.crt") } },
        sentinelClientOptions: { password: "a b", socket: { tls: true, ca: readFileSync("ca.crt") } },
      })

      redis-py:
      # redis-py knows no map of addresses: this class is one; where that is no way, \`rrepl run\` gives it a door that follows the master
      ADDRESSES = {
          ("198.18.7.11", 6379): ("127.0.0.1", 6381),
          ("198.18.7.12", 6379): ("127.0.0.1", 6382),
      }

      class Sentinel(redis.sentinel.Sentinel):
          def discover_master(self, name):
              return ADDRESSES[super().discover_master(name)]
          def discover_slaves(self, name):
              return [ADDRESSES[it] for it in super().discover_slaves(name)]

      sentinel = Sentinel([("127.0.0.1", 26381)], sentinel_kwargs=dict(password="a b", ssl=True, ssl_ca_certs="ca.crt"))
      sentinel.master_for("demo", username="app", password="a b", ssl=True, ssl_ca_certs="ca.crt")

      go-redis:
      addresses := map[string]string{
      	"198.18.7.11:6379": "127.0.0.1:6381",
      	"198.18.7.12:6379": "127.0.0.1:6382",
      }
      redis.NewFailoverClient(&redis.FailoverOptions{
      	MasterName:    "demo",
      	SentinelAddrs: []string{"127.0.0.1:26381"},
      	Username:      "app",
      	Password:      "a b",
      	SentinelPassword: "a b",
      	Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
      		if to, ok := addresses[addr]; ok {
      			addr = to
      		}
      		return (&tls.Dialer{Config: trusting}).DialContext(ctx, network, addr)
      	},
      })

      jedis:
      var addresses = Map.ofEntries(
          Map.entry("198.18.7.11:6379", new HostAndPort("127.0.0.1", 6381)),
          Map.entry("198.18.7.12:6379", new HostAndPort("127.0.0.1", 6382))
      );
      var master = DefaultJedisClientConfig.builder().user("app").password("a b").ssl(true).sslSocketFactory(trusting)
          .hostAndPortMapper(it -> addresses.getOrDefault(it.toString(), it)).build();
      var sentinel = DefaultJedisClientConfig.builder().password("a b").ssl(true).sslSocketFactory(trusting).build();
      var sentinels = Set.of(new HostAndPort("127.0.0.1", 26381));
      new JedisSentineled("demo", master, sentinels, sentinel);

      lettuce:
      var addresses = Map.ofEntries(
          Map.entry("198.18.7.11:6379", HostAndPort.of("127.0.0.1", 6381)),
          Map.entry("198.18.7.12:6379", HostAndPort.of("127.0.0.1", 6382))
      );
      var resources = ClientResources.builder().socketAddressResolver(
          MappingSocketAddressResolver.create(DnsResolvers.UNRESOLVED,
              it -> addresses.getOrDefault(it.toString(), it))).build();
      var uri = RedisURI.create("redis-sentinel://127.0.0.1:26381/0#demo");
      uri.setUsername("app"); uri.setPassword("a b".toCharArray());
      uri.getSentinels().forEach(it -> it.setPassword("a b".toCharArray()));
      uri.setSsl(true); uri.getSentinels().forEach(it -> it.setSsl(true));
      MasterReplica.connect(RedisClient.create(resources), StringCodec.UTF8, uri);"
    `);
  });
});
