import { setImmediate as breath, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { element } from '../../../src/drills/elements.js';
import { Ledger, type WriteOutcome } from '../../../src/drills/ledger.js';
import { Load, type LoadOptions } from '../../../src/drills/load.js';
import { connectNode } from '../../../src/redis/ioredis-node.js';
import { NoReplyError, type RedisNode, ReplyError } from '../../../src/redis/node.js';
import type { Call } from '../redis/fake-node.js';
import { type Act, finish, hang, reply, reset, ScriptedServer } from '../redis/scripted-server.js';

const SEED = 1;
const clock = () => performance.now();
const options = (more: Partial<LoadOptions> & Pick<LoadOptions, 'connect'>): LoadOptions => ({
  run: 'run',
  seed: SEED,
  ratePerSecond: null,
  wait: 0,
  ledger: new Ledger(1),
  clock,
  ...more,
});

const outcomes = (ledger: Ledger): WriteOutcome[] =>
  [...ledger.writes()].map(({ outcome }) => outcome);

let load: Load | undefined;
afterEach(() => load?.stop());

/** Until it is so; a second is long for what happens within milliseconds. */
const until = (isSo: () => boolean) =>
  vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 5000, interval: 1 });

describe('on the wire', () => {
  let server: ScriptedServer;
  afterEach(async () => {
    await load?.stop();
    await server.close();
  });

  async function play(wait: number, ...script: Act[]): Promise<Ledger> {
    server = await ScriptedServer.listen(...script, hang);
    const ledger = new Ledger(1);
    const at = { host: '127.0.0.1', port: server.port };
    const times = { connectTimeoutMs: 500, replyTimeoutMs: 200 };
    const connect = (name: string): RedisNode => connectNode({ name, ...at, ...times });
    load = new Load('redis-1', options({ ledger, wait, connect }));
    load.start();
    return ledger;
  }

  /** How often a command with this argument was sent. */
  const sent = (command: string, argument = ''): number =>
    server.received.filter((text) => text.includes(`\r\n${command}\r\n`) && text.includes(argument))
      .length;

  const PONG = reply('+PONG\r\n');
  const ONE = reply(':1\r\n');

  it.each([
    ['finished', finish],
    ['reset', reset],
  ])(
    'a write whose connection is %s before the reply is sent once, its outcome unknown',
    async (_, cut) => {
      const ledger = await play(0, PONG, cut, PONG, ONE, ONE);
      await until(() => ledger.attempted(0) === 3);
      await load?.stop();
      expect(outcomes(ledger)).toEqual(['unknown', 'acknowledged', 'unknown']);
      for (const sequence of [0, 1, 2]) {
        expect(sent('RPUSH', element(SEED, 0, sequence))).toBe(1);
      }
      expect(sent('RPUSH')).toBe(3);
      expect(sent('PING')).toBe(2);
      expect(server.connections).toBe(2);
    },
  );

  it('a write that is not answered in time is unknown too', async () => {
    const ledger = await play(0, PONG, hang);
    await until(() => outcomes(ledger)[0] === 'unknown' && server.connections === 2);
    expect(sent('RPUSH')).toBe(1);
  });

  it('a WAIT that is not answered confirms nothing and is not asked again', async () => {
    const ledger = await play(1, PONG, ONE, finish);
    await until(() => ledger.attempted(0) > 1);
    expect(ledger.outcome(0, 0)).toBe('unconfirmed');
    expect(sent('WAIT')).toBe(1);
  });

  // Over a fresh connection WAIT answers with the number of replicas at once: a lie.
  it('WAIT never goes over another connection than its write', async () => {
    const answerAndEnd: Act = (socket) => void socket.end(':1\r\n');
    const ledger = await play(1, PONG, answerAndEnd, ONE, ONE, ONE);
    await until(() => ledger.attempted(0) > 1 || sent('WAIT') > 0);
    await sleep(20);
    expect(ledger.outcome(0, 0)).not.toBe('acknowledged');
  });
});

describe('the load', () => {
  type Answer = (node: string, ...call: Call) => unknown;

  interface Wish extends Partial<LoadOptions> {
    readonly writers?: number;
    readonly target?: string | null;
  }

  /** Servers that answer at the next turn of the event loop. */
  function begin(answer: Answer, { writers = 1, target = 'redis-1', ...wish }: Wish = {}) {
    const calls: [node: string, ...Call][] = [];
    const open = new Set<object>();
    const ledger = new Ledger(writers);
    const connect = (name: string): RedisNode => {
      const node: RedisNode = {
        name,
        call: async (...call) => {
          calls.push([name, ...call]);
          await breath();
          return answer(name, ...call);
        },
        disconnect: () => {},
        close: () => void open.delete(node),
      };
      open.add(node);
      return node;
    };
    load = new Load(target, options({ ledger, connect, ...wish }));
    load.start();
    const of = (command: string) => calls.filter(([, name]) => name === command);
    return { load, ledger, calls, open, of };
  }

  const NOW = 1_800_000_000;
  const OTHERWISE: Readonly<Record<string, unknown>> = { PING: 'PONG', TIME: [String(NOW), '0'] };
  const well: Answer = (_, command) => OTHERWISE[command] ?? 1;

  it('appends each writer’s elements in their order to its own list, which expires', async () => {
    const { ledger, calls, open, of } = begin(well, { writers: 2 });
    await until(() => ledger.attempted(0) > 3 && ledger.attempted(1) > 3);
    await load?.stop();
    for (const writer of [0, 1]) {
      const key = `rrepl:drill:run:${writer}`;
      const mine = calls.filter(([, , argument]) => argument === key).map(([, ...call]) => call);
      expect(mine.slice(0, 3)).toEqual([
        ['RPUSH', key, element(SEED, writer, 0)],
        ['EXPIREAT', key, NOW + 3600],
        ['RPUSH', key, element(SEED, writer, 1)],
      ]);
      expect(mine).toHaveLength(ledger.attempted(writer) + 1);
    }
    expect(of('PING')).toHaveLength(2);
    expect(new Set(outcomes(ledger))).toEqual(new Set(['acknowledged']));
    expect(open.size).toBe(0);
  });

  it('goes on at once over a connection that stands ready, and closes those that it did not need', async () => {
    const standby = ['redis-2', 'redis-3'];
    const { load, ledger, calls, open, of } = begin(well, { standby });
    await until(() => ledger.attempted(0) > 1 && of('PING').length === 3);
    load.pointTo(null);
    await until(() => open.size === 2);
    const before = calls.length;
    load.pointTo('redis-2');
    await until(() => calls.length > before);
    expect(calls[before]?.slice(0, 2)).toEqual(['redis-2', 'RPUSH']);
    await load.stop();
    expect(of('PING').map(([node]) => node)).toEqual(['redis-2', 'redis-3', 'redis-1']);
    expect(open.size).toBe(0);
  });

  it('notes when a write began and when its outcome was known', async () => {
    const from = clock();
    const { ledger } = begin(well);
    await until(() => ledger.attempted(0) > 2);
    await load?.stop();
    let last = from;
    for (const { invokedMs, completedMs } of ledger.writes()) {
      expect(invokedMs).toBeGreaterThanOrEqual(last);
      expect(completedMs).toBeGreaterThanOrEqual(invokedMs);
      last = completedMs;
    }
    expect(last).toBeLessThanOrEqual(clock());
  });

  it('a refused write is refused, and the connection is good for the next', async () => {
    let refusals = 3;
    const { ledger, of } = begin((...call) => {
      if (call[1] === 'RPUSH' && refusals-- > 0) {
        throw new ReplyError('NOREPLICAS Not enough good replicas to write.');
      }
      return well(...call);
    });
    await until(() => ledger.attempted(0) > 4);
    await load?.stop();
    expect(outcomes(ledger).slice(0, 5)).toEqual([
      'refused',
      'refused',
      'refused',
      'acknowledged',
      'acknowledged',
    ]);
    expect(of('PING')).toHaveLength(1);
    expect(of('EXPIREAT')).toHaveLength(1);
  });

  it.each<[string, unknown, WriteOutcome]>([
    ['as many replicas as asked for', 2, 'acknowledged'],
    ['more', 3, 'acknowledged'],
    ['fewer', 1, 'unconfirmed'],
    ['none', 0, 'unconfirmed'],
    ['an error', new ReplyError('ERR WAIT cannot be used with replica instances'), 'unconfirmed'],
    ['nothing', new NoReplyError('cut'), 'unconfirmed'],
  ])('WAIT that is answered with %s', async (_, answer, outcome) => {
    const { ledger, calls } = begin(
      (...call) => {
        if (call[1] !== 'WAIT') return well(...call);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      { wait: 2 },
    );
    await until(() => ledger.attempted(0) > 1);
    await load?.stop();
    expect(ledger.outcome(0, 0)).toBe(outcome);
    const first = calls.findIndex(([, command]) => command === 'RPUSH');
    expect(calls[first + 1]).toEqual(['redis-1', 'WAIT', 2, 500]);
  });

  it('WAIT is not asked after a write that was refused', async () => {
    const refuse: Answer = (_, command) => {
      if (command === 'RPUSH') throw new ReplyError('READONLY');
      return 'PONG';
    };
    const { ledger, of } = begin(refuse, { wait: 1 });
    await until(() => ledger.attempted(0) > 1);
    expect(of('WAIT')).toEqual([]);
  });

  it('begins no write while nobody answers, and goes on when somebody does', async () => {
    let alive = false;
    const { ledger, open, of } = begin((...call) => {
      if (!alive) throw new NoReplyError('ECONNREFUSED');
      return well(...call);
    });
    await until(() => of('PING').length > 2);
    expect(ledger.attempted(0)).toBe(0);
    expect(open.size).toBeLessThanOrEqual(1);
    alive = true;
    await until(() => ledger.attempted(0) > 0);
  });

  it('rests while it is pointed to nobody, then goes on with its next element elsewhere', async () => {
    const { ledger, calls, open } = begin(well);
    await until(() => ledger.attempted(0) > 1);
    load?.pointTo(null);
    await until(() => open.size === 0);
    const before = calls.length;
    await sleep(20);
    expect(calls).toHaveLength(before);
    const next = ledger.attempted(0);
    load?.pointTo('redis-2');
    await until(() => ledger.attempted(0) > next);
    expect(calls.slice(before, before + 2)).toEqual([
      ['redis-2', 'PING'],
      ['redis-2', 'RPUSH', 'rrepl:drill:run:0', element(SEED, 0, next)],
    ]);
  });

  it('tells once of the first write that is begun from a moment on and acknowledged', async () => {
    const { ledger } = begin((_, command) => {
      if (command === 'RPUSH' && ledger.attempted(0) < 5) throw new ReplyError('READONLY');
      return well('', command);
    });
    const told: [string, number][] = [];
    load?.tellFirst(clock(), (...first) => told.push(first));
    await until(() => ledger.attempted(0) > 10);
    const [first] = [...ledger.writes()].filter(({ outcome }) => outcome === 'acknowledged');
    expect(first?.sequence).toBe(4);
    expect(told).toEqual([['redis-1', first?.completedMs]]);
  });

  it('can begin pointed to nobody', async () => {
    const { ledger, calls } = begin(well, { target: null });
    await sleep(10);
    expect(calls).toEqual([]);
    load?.pointTo('redis-3');
    await until(() => ledger.attempted(0) > 0);
  });

  it('stop waits for the writes in flight, and begins no other', async () => {
    let answerIt = () => {};
    const held = new Promise<void>((resolve) => {
      answerIt = resolve;
    });
    const { ledger } = begin(async (...call) => {
      if (call[1] === 'RPUSH') await held;
      return well(...call);
    });
    await until(() => ledger.attempted(0) === 1);
    let stopped = false;
    const stopping = load?.stop().then(() => {
      stopped = true;
    });
    await sleep(20);
    expect(stopped).toBe(false);
    answerIt();
    await stopping;
    expect(outcomes(ledger)).toEqual(['acknowledged']);
  });

  it('stop wakes those that rest', async () => {
    const { ledger } = begin(well, { ratePerSecond: 0.01 });
    await until(() => ledger.attempted(0) === 1);
    await load?.stop();
    expect(ledger.attempted(0)).toBe(1);
  });

  it.each([
    [100, 2],
    // More than one write a millisecond and writer: timers know no shorter rest.
    [8000, 2],
  ])('keeps to %d writes a second of %d writers together', async (ratePerSecond, writers) => {
    const from = clock();
    const { ledger } = begin(well, { ratePerSecond, writers });
    await until(() => outcomes(ledger).length > ratePerSecond / 4);
    await load?.stop();
    const due = (ratePerSecond * (clock() - from)) / 1000;
    const done = outcomes(ledger).length;
    // Each writer's first write, and what it may make up for.
    expect(done).toBeLessThan(due + writers * (1 + (ratePerSecond / writers) * 0.011));
    const ticks = new Set(
      [...ledger.writes()].map((it) => `${it.writer} ${Math.floor(it.invokedMs)}`),
    );
    if (ratePerSecond / writers > 1000) expect(ticks.size).toBeLessThan(done);
  });
});
