import { beforeEach, describe, expect, it } from 'vitest';
import { DeadlineError } from '../../../src/errors.js';
import { switchover } from '../../../src/failover/switchover.js';
import { NoReplyError, ReplyError } from '../../../src/redis/node.js';
import { Deadline } from '../../../src/redis/wait.js';
import { rejection } from '../../support/run.js';
import { type Failure, Trio } from './trio.js';

const FENCE = 'min-replicas-to-write';
const PING = 'repl-ping-replica-period';
const UNTOUCHED = ['1', '10'];

let trio: Trio;
beforeEach(() => {
  trio = new Trio();
});

interface Wish {
  readonly ms?: number;
  readonly signal?: AbortSignal;
  readonly onPromoted?: () => void;
}

const start = ({ ms = 5000, signal = new AbortController().signal, ...wish }: Wish = {}) =>
  switchover({
    master: trio.node('redis-1'),
    next: trio.node('redis-2'),
    others: [trio.node('redis-3')],
    deadline: new Deadline(ms),
    signal,
    ...wish,
  });

/** What happens as soon as writes are refused. */
function behindTheFence(happens: () => unknown): void {
  trio.onCall = (text) => {
    if (text === `redis-1 CONFIG SET ${PING} 3600`) happens();
  };
}

describe('a switchover', () => {
  it('lets the next master catch up, fences, lets it have the rest, promotes it, restores, writes it down', async () => {
    const { fencedMs, ...promotion } = await start();
    expect(promotion).toMatchObject({ master: 'redis-2', cut: 500 });
    expect(fencedMs).toBeGreaterThanOrEqual(0);
    expect(trio.calls).toEqual([
      'redis-1 INFO replication',
      'redis-2 INFO replication',
      `redis-1 CONFIG GET ${FENCE}`,
      `redis-1 CONFIG SET ${FENCE} 1000`,
      `redis-1 CONFIG GET ${PING}`,
      `redis-1 CONFIG SET ${PING} 3600`,
      'redis-1 INFO replication',
      'redis-2 INFO replication',
      'redis-2 REPLICAOF NO ONE',
      'redis-2 CONFIG REWRITE',
      'redis-1 REPLICAOF redis-2 6379',
      'redis-3 REPLICAOF redis-2 6379',
      'redis-2 INFO replication',
      `redis-1 CONFIG SET ${FENCE} 1`,
      `redis-1 CONFIG SET ${PING} 10`,
      'redis-1 CONFIG REWRITE',
      'redis-3 CONFIG REWRITE',
    ]);
  });

  it('leaves no fence in a file: a restart would bring it back', async () => {
    await start();
    expect([...trio.states.values()].map(({ file }) => file)).toEqual([
      'redis-2 1 10',
      'master 1 10',
      'redis-2 1 10',
    ]);
  });

  it('says so when the next master takes writes, while the old master still refuses them', async () => {
    let seen: unknown;
    await start({
      onPromoted: () => {
        seen = [trio.calls.at(-1), trio.settings('redis-1')];
      },
    });
    expect(seen).toEqual(['redis-2 REPLICAOF NO ONE', ['1000', '3600']]);
  });

  it('refuses no write before the next master has caught up', async () => {
    trio.stuck.add('redis-2');
    expect(await rejection(start({ ms: 30 }))).toBeInstanceOf(DeadlineError);
    expect(trio.calls.filter((text) => !text.endsWith('INFO replication'))).toEqual([]);
  });

  it('promotes the next master only when it has all that was written before the fence', async () => {
    behindTheFence(() => trio.stuck.add('redis-2'));
    let asked = 0;
    const setFence = trio.onCall;
    trio.onCall = (text) => {
      setFence(text);
      if (text !== 'redis-2 INFO replication' || !trio.stuck.has('redis-2')) return;
      asked += 1;
      if (asked === 3) trio.stuck.delete('redis-2');
    };
    await start();
    const promoted = trio.calls.indexOf('redis-2 REPLICAOF NO ONE');
    expect(trio.calls.slice(promoted - 4, promoted)).toEqual([
      'redis-1 INFO replication',
      'redis-2 INFO replication',
      'redis-2 INFO replication',
      'redis-2 INFO replication',
    ]);
  });
});

describe('a switchover that can not go on changes nothing', () => {
  const nothingChanged = () => {
    expect(trio.calls).toContain(`redis-1 CONFIG SET ${FENCE} 1000`);
    expect(trio.settings('redis-1')).toEqual(UNTOUCHED);
    expect([...trio.states.values()].map(({ upstream }) => upstream)).toEqual([
      null,
      'redis-1',
      'redis-1',
    ]);
    expect(trio.calls.filter((text) => /REPLICAOF|REWRITE/.test(text))).toEqual([]);
  };

  it('if the next master does not catch up in time', async () => {
    behindTheFence(() => trio.stuck.add('redis-2'));
    expect(await rejection(start({ ms: 30 }))).toBeInstanceOf(DeadlineError);
    nothingChanged();
  });

  it('if the next master does not answer', async () => {
    behindTheFence(() => trio.silent.add('redis-2'));
    expect(await rejection(start({ ms: 30 }))).toBeInstanceOf(DeadlineError);
    nothingChanged();
  });

  it('if it is interrupted', async () => {
    const user = new AbortController();
    behindTheFence(() => {
      trio.stuck.add('redis-2');
      user.abort(new Error('interrupted'));
    });
    expect((await rejection(start({ signal: user.signal }))).message).toBe('interrupted');
    nothingChanged();
  });

  it('if the server does not know the setting', async () => {
    trio.state('redis-1').settings.delete(PING);
    trio.node = (name) => {
      const node = Trio.prototype.node.call(trio, name);
      const call = async (...command: Parameters<typeof node.call>) =>
        command.join(' ') === `CONFIG GET ${PING}` ? [] : node.call(...command);
      return { ...node, call };
    };
    expect((await rejection(start())).message).toBe(`redis-1 does not know ${PING}`);
    expect(trio.state('redis-1').settings.get(FENCE)).toBe('1');
  });
});

// Every command of the whole switchover, failing once: refused, lost on its way, or lost on the way back.
const COMMANDS = 17;
const FAILURES: [string, Omit<Failure, 'at'>][] = [
  ['is refused', { error: new ReplyError('ERR no') }],
  ['never arrives', { error: new NoReplyError('cut') }],
  ['is executed and not answered', { error: new NoReplyError('cut'), carriedOut: true }],
];

describe.each(FAILURES)('if one command %s', (_, failure) => {
  it.each(Array.from({ length: COMMANDS }, (_, at) => at))(
    'number %d: the settings are restored, and two masters never take writes',
    async (at) => {
      trio.failure = { at, ...failure };
      const takesWrites = (name: string) =>
        trio.state(name).upstream === null && trio.state(name).settings.get(FENCE) !== '1000';
      const conflicts: string[] = [];
      trio.onCall = (text) => {
        if (takesWrites('redis-1') && takesWrites('redis-2')) conflicts.push(text);
      };
      await start().catch(() => {});
      trio.onCall('the end');
      expect(trio.calls.length).toBeGreaterThan(at);
      expect(trio.settings('redis-1')).toEqual(UNTOUCHED);
      expect(conflicts).toEqual([]);
    },
  );
});

describe('if the old master dies while the role moves', () => {
  beforeEach(() => {
    trio.onCall = (text) => {
      if (text.startsWith('redis-1 REPLICAOF')) trio.silent.add('redis-1');
    };
  });

  it('the error is the first one, and the fence is not taken down', async () => {
    expect((await rejection(start())).message).toBe('no reply from redis-1');
    expect(trio.state('redis-2').upstream).toBeNull();
    expect(trio.calls).not.toContain(`redis-1 CONFIG SET ${FENCE} 1`);
  });
});

it('if the old master can not be made a replica, it stays fenced: the next master takes writes already', async () => {
  trio.node = (name) => {
    const node = Trio.prototype.node.call(trio, name);
    const call = async (...command: Parameters<typeof node.call>) => {
      if (name === 'redis-1' && command[0] === 'REPLICAOF') throw new ReplyError('NOPERM');
      return node.call(...command);
    };
    return { ...node, call };
  };
  expect((await rejection(start())).message).toBe('redis-1 could not be told: NOPERM');
  expect(trio.settings('redis-1')).toEqual(['1000', '10']);
});
