import { expect, test } from 'vitest';
import { electionFacts } from '../../../src/live/election.js';
import type { SentinelFacts, SentinelView } from '../../../src/redis/sentinel.js';

const view = (
  host: string,
  fields: Record<string, string> = {},
  flags = 'slave',
): SentinelView => ({
  ...{ host, port: 6379, runId: `run of ${host}`, lastPingSentMs: 0 },
  flags: flags.split(','),
  fields: new Map(Object.entries(fields)),
});

const replica = (host: string, flags = 'slave') =>
  view(
    host,
    {
      'slave-priority': '100',
      'slave-repl-offset': '4200',
      'master-link-down-time': '0',
      'last-ok-ping-reply': '300',
      'info-refresh': '5000',
    },
    flags,
  );

const SETTINGS = {
  'down-after-milliseconds': '1000',
  'failover-timeout': '10000',
  'parallel-syncs': '2',
};

const sees = (peers: readonly string[], flags = 'slave'): SentinelFacts => ({
  server: { product: 'redis', version: '6.0.16', runId: 'x', uptimeSeconds: 9, loading: false },
  tilt: false,
  master: {
    ...view('10.0.0.1', SETTINGS, 'master'),
    ...{ quorum: 2, configEpoch: 0, replicas: 2, otherSentinels: peers.length },
  },
  replicas: [replica('10.0.0.2', flags), replica('10.0.0.3')],
  sentinels: peers.map((host) => view(host, {}, 'sentinel')),
});

const named = (name: string, fixedAddress: string) => ({ name, fixedAddress });

const NODES = [1, 2, 3].map((at) => named(`redis-${at}`, `10.0.0.${at}`));

const facts = (flags = 'slave') =>
  electionFacts({
    nodes: NODES,
    sentinels: [
      { ...named('sentinel-1', '10.0.0.11'), facts: sees(['10.0.0.12', '10.0.0.99'], flags) },
      { ...named('sentinel-2', '10.0.0.12'), facts: sees(['10.0.0.11', '10.0.0.99']) },
      { ...named('sentinel-3', '10.0.0.13'), facts: null },
    ],
    servers: new Map(),
  });

test('addresses become names, and one that nobody has stays as it is', () => {
  const { master, sentinels, replicas } = facts();
  expect(master).toBe('redis-1');
  expect(sentinels.map(({ name }) => name)).toEqual(['sentinel-1', 'sentinel-2']);
  expect(sentinels[0]?.peers).toEqual(['sentinel-2', '10.0.0.99']);
  expect(replicas.map(({ name }) => name)).toEqual(['redis-2', 'redis-3']);
});

test('a replica that does not answer is as the sentinels know it', () => {
  expect(facts().replicas[0]).toMatchObject({ priority: 100, offset: 4200, sincePongMs: 300 });
});

test('a replica is down if every sentinel says so', () => {
  expect(facts('s_down,slave').replicas[0]?.down).toBe(false);
});

test('none that answers and watches: an error', () => {
  const sentinels = [{ ...named('sentinel-1', '10.0.0.11'), facts: null }];
  expect(() => electionFacts({ nodes: NODES, sentinels, servers: new Map() })).toThrow(
    'no sentinel answers that watches the master',
  );
});
