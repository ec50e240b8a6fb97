/** How each client is told of the sentinels, from this host. Pure. */
import type { AddressMap, Place } from '../live/addresses.js';

export interface Watched {
  readonly masterName: string;
  readonly sentinels: readonly Place[];
  /** From the addresses that sentinels name. */
  readonly map: AddressMap;
  /** Of clients; masked unless it is to be shown, null if none is needed. */
  readonly password: string | null;
  readonly user: string | null;
  readonly tls: boolean;
}

type Code = (watched: Watched) => readonly string[];

const json = (text: string): string => JSON.stringify(text);
const placeText = ({ host, port }: Pick<Place, 'host' | 'port'>): string =>
  `{ host: ${json(host)}, port: ${port} }`;
const at = ({ host, port }: Pick<Place, 'host' | 'port'>): string => `${host}:${port}`;
const hosts = ({ sentinels }: Watched): string => `[${sentinels.map(placeText).join(', ')}]`;
const mapLines = ({ map }: Watched): string[] =>
  Object.entries(map).map(([from, to]) => `    ${json(from)}: ${placeText(to)},`);
const entries = ({ map }: Watched, line: (from: string, to: string) => string): string[] =>
  Object.entries(map).map(([from, to]) => line(from, at(to)));
const CA = 'readFileSync("ca.crt")';

const ioredis: Code = (watched) => {
  const { masterName, password, user, tls } = watched;
  return [
    'new Redis({',
    `  name: ${json(masterName)},`,
    `  sentinels: ${hosts(watched)},`,
    '  natMap: {',
    ...mapLines(watched),
    '  },',
    '  failoverDetector: true,',
    ...(user === null ? [] : [`  username: ${json(user)},`]),
    ...(password === null
      ? []
      : [`  password: ${json(password)},`, `  sentinelPassword: ${json(password)},`]),
    ...(tls
      ? [
          `  tls: { ca: ${CA} },`,
          `  sentinelTLS: { ca: ${CA} },`,
          '  enableTLSForSentinelMode: true,',
        ]
      : []),
    '})',
  ];
};

const nodeRedis: Code = (watched) => {
  const { masterName, password, user, tls } = watched;
  const options = (name: string | null) =>
    [
      ...(name === null ? [] : [`username: ${json(name)}`]),
      ...(password === null ? [] : [`password: ${json(password)}`]),
      ...(tls ? [`socket: { tls: true, ca: ${CA} }`] : []),
    ].join(', ');
  return [
    'createSentinel({',
    `  name: ${json(masterName)},`,
    `  sentinelRootNodes: ${hosts(watched)},`,
    '  nodeAddressMap: {',
    ...mapLines(watched),
    '  },',
    ...(password === null && !tls
      ? []
      : [
          `  nodeClientOptions: { ${options(user)} },`,
          `  sentinelClientOptions: { ${options(null)} },`,
        ]),
    '})',
  ];
};

const NO_MAP =
  'redis-py knows no map of addresses: this class is one; where that is no way, `rrepl run` gives it a door that follows the master';

const redisPy: Code = (watched) => {
  const { masterName, password, user, tls } = watched;
  const tuple = (text: string) => text.replace(/^(.*):(\d+)$/, '("$1", $2)');
  const secrets = [
    ...(user === null ? [] : [`username=${json(user)}`]),
    ...(password === null ? [] : [`password=${json(password)}`]),
    ...(tls ? ['ssl=True', 'ssl_ca_certs="ca.crt"'] : []),
  ];
  const own = secrets.filter((it) => !it.startsWith('username'));
  const kwargs = own.length === 0 ? '' : `, sentinel_kwargs=dict(${own.join(', ')})`;
  return [
    `# ${NO_MAP}`,
    'ADDRESSES = {',
    ...entries(watched, (from, to) => `    ${tuple(from)}: ${tuple(to)},`),
    '}',
    '',
    'class Sentinel(redis.sentinel.Sentinel):',
    '    def discover_master(self, name):',
    '        return ADDRESSES[super().discover_master(name)]',
    '    def discover_slaves(self, name):',
    '        return [ADDRESSES[it] for it in super().discover_slaves(name)]',
    '',
    `sentinel = Sentinel([${watched.sentinels.map((it) => tuple(at(it))).join(', ')}]${kwargs})`,
    `sentinel.master_for(${[json(masterName), ...secrets].join(', ')})`,
  ];
};

const goRedis: Code = (watched) => [
  'addresses := map[string]string{',
  ...entries(watched, (from, to) => `\t${json(from)}: ${json(to)},`),
  '}',
  'redis.NewFailoverClient(&redis.FailoverOptions{',
  `\tMasterName:    ${json(watched.masterName)},`,
  `\tSentinelAddrs: []string{${watched.sentinels.map((it) => json(at(it))).join(', ')}},`,
  ...(watched.user === null ? [] : [`\tUsername:      ${json(watched.user)},`]),
  ...(watched.password === null
    ? []
    : [
        `\tPassword:      ${json(watched.password)},`,
        `\tSentinelPassword: ${json(watched.password)},`,
      ]),
  '\tDialer: func(ctx context.Context, network, addr string) (net.Conn, error) {',
  '\t\tif to, ok := addresses[addr]; ok {',
  '\t\t\taddr = to',
  '\t\t}',
  watched.tls
    ? '\t\treturn (&tls.Dialer{Config: trusting}).DialContext(ctx, network, addr)'
    : '\t\treturn (&net.Dialer{}).DialContext(ctx, network, addr)',
  '\t},',
  '})',
];

const javaMap = (watched: Watched): string[] =>
  [
    'var addresses = Map.ofEntries(',
    entries(watched, (from, to) => {
      const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(to) ?? [];
      return `    Map.entry(${json(from)}, new HostAndPort(${json(host)}, ${port}))`;
    }).join(',\n'),
    ');',
  ].flatMap((line) => line.split('\n'));

const jedis: Code = (watched) => {
  const { masterName, password, user, tls } = watched;
  const login = (name: string | null) =>
    [
      ...(name === null ? [] : [`.user(${json(name)})`]),
      ...(password === null ? [] : [`.password(${json(password)})`]),
      ...(tls ? ['.ssl(true).sslSocketFactory(trusting)'] : []),
    ].join('');
  return [
    ...javaMap(watched),
    `var master = DefaultJedisClientConfig.builder()${login(user)}`,
    '    .hostAndPortMapper(it -> addresses.getOrDefault(it.toString(), it)).build();',
    `var sentinel = DefaultJedisClientConfig.builder()${login(null)}.build();`,
    `var sentinels = Set.of(${watched.sentinels.map(({ host, port }) => `new HostAndPort(${json(host)}, ${port})`).join(', ')});`,
    `new JedisSentineled(${json(masterName)}, master, sentinels, sentinel);`,
  ];
};

const lettuce: Code = (watched) => {
  const { masterName, password, user, tls } = watched;
  const login = [
    ...(password === null
      ? []
      : [
          user === null
            ? `uri.setPassword(${json(password)}.toCharArray());`
            : `uri.setUsername(${json(user)}); uri.setPassword(${json(password)}.toCharArray());`,
          `uri.getSentinels().forEach(it -> it.setPassword(${json(password)}.toCharArray()));`,
        ]),
    ...(tls ? ['uri.setSsl(true); uri.getSentinels().forEach(it -> it.setSsl(true));'] : []),
  ];
  return [
    ...javaMap(watched).map((line) => line.replace('new HostAndPort(', 'HostAndPort.of(')),
    'var resources = ClientResources.builder().socketAddressResolver(',
    '    MappingSocketAddressResolver.create(DnsResolvers.UNRESOLVED,',
    '        it -> addresses.getOrDefault(it.toString(), it))).build();',
    `var uri = RedisURI.create("redis-sentinel://${watched.sentinels.map(at).join(',')}/0#${masterName}");`,
    ...login,
    'MasterReplica.connect(RedisClient.create(resources), StringCodec.UTF8, uri);',
  ];
};

export const BY_SENTINELS = {
  ioredis,
  iovalkey: ioredis,
  'node-redis': nodeRedis,
  'redis-py': redisPy,
  'go-redis': goRedis,
  jedis,
  lettuce,
} as const satisfies Readonly<Record<string, Code>>;
