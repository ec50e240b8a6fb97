import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { securityOf } from '../../../src/access/access.js';
import type { NodeStatus, TopologyStatus } from '../../../src/live/status.js';
import { connectLines, statusTable } from '../../../src/ui/status-table.js';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T20:45:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const master: NodeStatus = {
  name: 'redis-1',
  role: 'master',
  state: 'running',
  upstream: null,
  url: 'redis://127.0.0.1:6381',
  container: 'rrepl-demo-redis-1',
  link: null,
  offset: 1_234_567,
  lagBytes: 0,
  replicationId: 'a',
  lastSync: null,
  nextSync: null,
  setAside: null,
  problem: null,
};
const replica: NodeStatus = {
  ...master,
  name: 'redis-2',
  role: 'replica',
  upstream: 'redis-1',
  url: 'redis://127.0.0.1:6382',
  link: 'up',
  offset: 1_234_000,
  lagBytes: 2048,
  lastSync: { kind: 'partial', at: '2026-11-22T20:42:55.000Z' },
};
const behind: NodeStatus = {
  ...replica,
  name: 'redis-3',
  url: 'redis://127.0.0.1:6383',
  link: 'down',
  lagBytes: null,
  lastSync: null,
  problem: 'link down',
};
const gone: NodeStatus = {
  ...master,
  name: 'redis-10',
  role: null,
  state: 'gone',
  url: null,
  container: null,
  offset: null,
  lagBytes: null,
  problem: 'its container is gone',
};

const OPEN = securityOf(null);
const status = (...nodes: NodeStatus[]): TopologyStatus => ({
  topology: 'demo',
  url: null,
  security: OPEN,
  health: 'well',
  nodes,
});
const piped = { stdout: { isTTY: false }, env: {} };
const terminal = { stdout: { isTTY: true }, env: {} };

test('every node a row, and under it what is wrong', () => {
  const text = statusTable(status(master, replica, behind, gone), piped);
  expect(`\n${text}`).toMatchInlineSnapshot(`
    "
    NODE      ROLE     STATE    UPSTREAM  LINK  OFFSET     LAG     LAST SYNC               URL
    redis-1   master   running  -         -     1,234,567  -       -                       redis://127.0.0.1:6381
    redis-2   replica  running  redis-1   up    1,234,000  2.0 KB  partial, 2 min 5 s ago  redis://127.0.0.1:6382
    redis-3   replica  running  redis-1   down  1,234,000  ?       -                       redis://127.0.0.1:6383
    redis-10  ?        gone     -         -     ?          ?       -                       -
    ! redis-3: link down
    ! redis-10: its container is gone
    "
  `);
});

test('in colour it is the same text', () => {
  const all = status(master, replica, behind, gone);
  const coloured = statusTable(all, terminal);
  expect(coloured).toContain('\u001b[31mdown\u001b[39m');
  expect(coloured).toContain('\u001b[32mup\u001b[39m');
  expect(coloured).toContain('\u001b[31mgone\u001b[39m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins every colour sequence
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(statusTable(all, piped));
});

test('a clock that is behind shows no time to come', () => {
  vi.setSystemTime(Date.parse('2026-11-22T20:00:00Z'));
  expect(statusTable(status(replica), piped)).toContain('partial, 0.0 ms ago');
});

test('how to connect: a client for each node that answers, and the variable', () => {
  const stopped: NodeStatus = { ...replica, name: 'redis-3', role: null, state: 'stopped' };
  expect(connectLines(status(master, replica, stopped, gone))).toBe(
    [
      'redis-cli -u redis://127.0.0.1:6381  # redis-1, master',
      'redis-cli -u redis://127.0.0.1:6382  # redis-2, replica',
      'REDIS_URL=redis://127.0.0.1:6381',
      '',
    ].join('\n'),
  );
});

describe('how to connect to a secured topology', () => {
  const url = 'rediss://app:***@127.0.0.1:6381';
  const secured = {
    ...status({ ...master, url }),
    security: { password: true, user: 'app', tls: true },
  };

  test('without the password on any line', () => {
    expect(`\n${connectLines(secured)}`).toMatchInlineSnapshot(`
      "
      rrepl ca --name demo > demo-ca.crt
      REDISCLI_AUTH=$(rrepl password --name demo) redis-cli -h 127.0.0.1 -p 6381 --user app --tls --cacert demo-ca.crt  # redis-1, master
      export $(rrepl env --name demo --show-secrets)
      "
    `);
  });

  test('by the default user, in plain text', () => {
    const plain = {
      ...status({ ...master, url: 'redis://:***@127.0.0.1:6381' }),
      security: { password: true, user: null, tls: false },
    };
    expect(connectLines(plain)).toContain(
      'REDISCLI_AUTH=$(rrepl password --name demo) redis-cli -h 127.0.0.1 -p 6381  # redis-1, master\n',
    );
  });

  test('with the variable, if the password is to be shown', () => {
    const shown = { ...secured, nodes: [{ ...master, url: url.replace('***', 'pw') }] };
    expect(connectLines(shown)).toContain('\nREDIS_URL=rediss://app:pw@127.0.0.1:6381\n');
  });
});

test('without a master there is nothing to paste', () => {
  expect(connectLines(status(replica, gone))).toBe('');
});

test('replication ids that differ are told, for offsets do not compare then', () => {
  const [mine, other] = ['a'.repeat(40), 'b'.repeat(40)];
  const text = (...ids: (string | null)[]) => {
    const nodes = [master, replica, behind].map((it, at) => ({
      ...it,
      problem: null,
      replicationId: ids[at] ?? null,
    }));
    const status = { topology: 'demo', url: null, security: OPEN, health: 'well', nodes } as const;
    return statusTable(status, { stdout: {}, env: {} });
  };
  expect(text(mine, mine, null)).not.toContain('histories');
  expect(text(mine, other, mine)).toContain(
    '! histories differ (replication ids): redis-1, redis-3 aaaaaaaa…; redis-2 bbbbbbbb…; offsets compare only within one\n',
  );
});
