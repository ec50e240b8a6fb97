import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeadlineError } from '../../../src/errors.js';
import { compareWith, readDataset } from '../../../src/redis/compare-data.js';
import { LOOK, RESUME, SWEEP } from '../../../src/redis/digest-script.js';
import type { RedisNode } from '../../../src/redis/node.js';
import { info } from '../../support/fake-redis.js';
import { type Call, fakeNode, limits } from './fake-node.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

const options = (ms = 1000) => ({ ...limits(ms), sliceMs: 10, limit: 5 });

interface Server {
  /** What SWEEP shows, a slice a list: lines as the script writes them. */
  readonly slices: string[][];
  /** What RESUME answers, in turn: where it goes on, digest, expiry. */
  readonly resumed?: [string, string, string][];
  /** What LOOK shows of a key, the next time: a line, or `none` if there is none. */
  readonly look?: (name: string) => string | undefined;
  /** The stream's offset, the next time that it is looked at. */
  readonly offset?: () => number;
  /** Whether the server knows what came with 7.0, and times to live of fields. */
  readonly knows?: readonly [since7: boolean, fieldExpiry: boolean];
  readonly keyspace?: string;
}

const calls: Call[] = [];
afterEach(() => {
  calls.length = 0;
});

function server(name: string, wish: Server): RedisNode {
  const { slices, look = () => undefined, offset = () => 100, knows = [true, false] } = wish;
  const rest = [...(wish.resumed ?? [])];
  return fakeNode(name, (...call) => {
    calls.push(call);
    const [command, script, ...args] = call;
    if (command === 'COMMAND') return knows.map((it) => (it ? [] : null));
    if (command === 'INFO' && script === 'keyspace') return wish.keyspace ?? 'db0:keys=9,expires=0';
    if (command === 'INFO') return info({ offset: offset() });
    if (script === RESUME) return [100, ...(rest.shift() ?? ['', '', ''])];
    if (script === LOOK) {
      const lines = args.slice(5).map((key) => look(String(key)) ?? `${key} none   `);
      return [`id ${offset()}`, lines.join('\n')];
    }
    const next = Number(args[5]) + 1;
    const lines = slices[next - 1]?.join('\n') ?? '';
    return [100, next < slices.length ? `${next}` : '0', lines];
  });
}

const line = (name: string, digest: string, expiry = '', type = 'string') =>
  `${name} ${type}  ${digest} ${expiry}`;

/** A server that holds these keys whenever it is looked at. */
const holding = (name: string, lines: string[], more: Partial<Server> = {}): RedisNode =>
  server(name, {
    slices: [lines],
    look: (key) => lines.find((it) => it.startsWith(`${key} `)),
    ...more,
  });

async function compare(first: RedisNode, second: RedisNode, ms?: number) {
  return compareWith(await readDataset(first, [second], options(ms)), second, options(ms));
}

describe('readDataset', () => {
  it('has the keys of all slices', async () => {
    const node = server('redis-1', { slices: [[line('x', A)], [], [line('y', B, '17')]] });
    const { databases, keys } = await readDataset(node, [], options());
    expect(keys).toBe(2);
    expect([...(databases.get(0) ?? [])]).toEqual([
      ['x', A],
      ['y', `${B}17`],
    ]);
  });

  it('counts a key once that a rehash shows twice', async () => {
    const node = server('redis-1', { slices: [[line('x', A)], [line('x', A)]] });
    expect((await readDataset(node, [], options())).keys).toBe(1);
  });

  it('reads on where a long key was left', async () => {
    const node = server('redis-1', {
      slices: [['big hash 17 3:4 ']],
      resumed: [
        ['42', '5:6', ''],
        ['', B, '1000'],
      ],
    });
    const { databases } = await readDataset(node, [], options());
    expect(databases.get(0)?.get('big')).toBe(`${B}1000`);
    const resumes = calls.filter(([, script]) => script === RESUME);
    expect(resumes.map((call) => call.slice(7))).toEqual([
      ['big', 'hash', '17', '3:4'],
      ['big', 'hash', '42', '5:6'],
    ]);
  });

  it('says at the deadline what it was reading', async () => {
    const reading = readDataset(server('redis-1', { slices: [[]] }), [], options(0));
    await expect(reading).rejects.toThrow(DeadlineError);
    await expect(reading).rejects.toThrow('waiting for the digest of database 0 of redis-1');
  });

  it.each([
    ['db0:keys=1,expires=0,subexpiry=2', true, 1],
    ['db0:keys=1,expires=0,subexpiry=0', true, 0],
    ['db0:keys=1,expires=0,keys_with_volatile_items=2', true, 1],
    ['db0:keys=1,expires=0', true, 1],
    ['db0:keys=1,expires=0', false, 0],
  ])('%s, a server that knows expiring fields: %s', async (keyspace, knowsFields, asked) => {
    const knows = [true, knowsFields] as const;
    await readDataset(server('redis-1', { slices: [[]], knows, keyspace }), [], options());
    expect(calls.find(([, script]) => script === SWEEP)?.[6]).toBe(asked);
  });

  it('asks only what the oldest of the servers knows', async () => {
    const old = server('redis-2', { slices: [], knows: [false, false] });
    await readDataset(server('redis-1', { slices: [[]] }), [old], options());
    expect(calls.find(([, script]) => script === SWEEP)?.[5]).toBe(0);
  });

  it('grants more work to a fast server, at most twice as much at a time', async () => {
    // A clock that stands still: however busy this machine is, the fake answers at once.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const budgets: number[] = [];
    const inner = server('redis-1', { slices: [[], [], []] });
    const node = fakeNode('redis-1', async (...call) => {
      const reply = await inner.call(...call);
      if (call[1] !== SWEEP) return reply;
      const budget = Number(call[4]);
      budgets.push(budget);
      return [budget, ...(reply as unknown[]).slice(1)];
    });
    await readDataset(node, [], options());
    vi.restoreAllMocks();
    expect(budgets).toEqual([500, 1000, 2000]);
  });
});

describe('compareWith', () => {
  it('looks at nothing again where one reading shows the same', async () => {
    const lines = [line('x', A), line('y', B, '99')];
    const found = await compare(holding('redis-1', lines), holding('redis-2', lines.toReversed()));
    expect(found).toEqual({ different: [], undecided: [], unknownTypes: [], notCompared: [] });
    expect(calls.some(([, script]) => script === LOOK)).toBe(false);
  });

  it('names what differs, on which node it is and in which database', async () => {
    const first = holding('redis-1', [line('same', A), line('changed', A), line('gone', A)]);
    const second = holding('redis-2', [line('changed', B), line('same', A), line('stray', A)]);
    expect((await compare(first, second)).different).toEqual([
      { db: 0, name: 'changed', what: 'differs' },
      { db: 0, name: 'stray', what: 'only on the second' },
      { db: 0, name: 'gone', what: 'only on the first' },
    ]);
  });

  it('finds a database that only one of them uses', async () => {
    const first = holding('redis-1', [], { keyspace: '' });
    const second = holding('redis-2', [line('x', A)], { keyspace: 'db3:keys=1,expires=0' });
    expect((await compare(first, second)).different).toEqual([
      { db: 3, name: 'x', what: 'only on the second' },
    ]);
    const empty = holding('redis-2', [], { keyspace: '' });
    expect((await compare(second, empty)).different).toEqual([
      { db: 3, name: 'x', what: 'only on the first' },
    ]);
  });

  it('names no more than asked for', async () => {
    const lines = Array.from({ length: 900 }, (_, index) => line(`key${index}`, A));
    const found = await compare(holding('redis-1', lines), holding('redis-2', []));
    expect(found.different).toHaveLength(5);
    expect(calls.filter(([, script]) => script === LOOK).length).toBeLessThan(30);
  });

  it('finds equal what was only written between the two readings', async () => {
    const first = holding('redis-1', [line('x', A)], { look: () => line('x', B) });
    const second = holding('redis-2', [line('x', B)]);
    expect(await compare(first, second)).toMatchObject({ different: [], undecided: [] });
  });

  it('compares only what it sees at the same offset, however fast a key changes', async () => {
    // Each look finds the counter one further; the replica is asked later and so is ahead.
    const counter = (start: number, wrong = 0) => {
      let count = start;
      const digest = () => String(count + wrong).padStart(40, '0');
      return {
        offset: () => (count += 1),
        look: () => line('x', digest()),
        slices: [[line('x', A)]],
      };
    };
    const other = { slices: [[line('x', B)]] };
    const equal = await compare(
      server('redis-1', counter(100)),
      server('redis-2', { ...counter(103), ...other }),
    );
    expect(equal).toMatchObject({ different: [], undecided: [] });
    const different = await compare(
      server('redis-1', counter(100)),
      server('redis-2', { ...counter(103, 5), ...other }),
    );
    expect(different.different).toEqual([{ db: 0, name: 'x', what: 'differs' }]);
  });

  it('forgives what differs once, as a key does that expires between two readings', async () => {
    let looks = 0;
    const first = holding('redis-1', [line('x', A, '500')], {
      look: () => (looks++ < 2 ? line('x', A, '500') : undefined),
    });
    expect((await compare(first, holding('redis-2', []))).different).toEqual([]);
  });

  it('leaves undecided, until the deadline, what is never seen at one offset', async () => {
    const first = holding('redis-1', [line('x', A)], { offset: () => 100 });
    let asked = 0;
    const second = holding('redis-2', [line('x', B)], { offset: () => 200 + asked++ });
    expect(await compare(first, second, 100)).toMatchObject({
      different: [],
      undecided: [{ db: 0, name: 'x', why: 'not seen on both at one point of the stream' }],
    });
  });

  it('rejects if the node does not get where the other was', async () => {
    const first = holding('redis-1', [line('x', A)], { offset: () => 100 });
    const second = holding('redis-2', [], { offset: () => 99 });
    await expect(compare(first, second, 100)).rejects.toThrow(/redis-2 to reach offset 100/);
  });

  describe('a key that is too long to be read at once', () => {
    const long = (name: string, ...digests: string[]) =>
      holding(name, [line('x', name)], {
        look: () => 'x list 640 half ',
        resumed: Array.from({ length: 99 }, (_, index): [string, string, string] => [
          '',
          digests[index % digests.length] ?? '',
          '',
        ]),
      });

    it('is equal if it stays as it is meanwhile', async () => {
      const found = await compare(long('redis-1', A), long('redis-2', A));
      expect(found).toMatchObject({ different: [], undecided: [] });
    });

    it('differs if it stays as it is meanwhile', async () => {
      const found = await compare(long('redis-1', A), long('redis-2', B));
      expect(found.different).toEqual([{ db: 0, name: 'x', what: 'differs' }]);
    });

    it('is undecided while it is written', async () => {
      const found = await compare(long('redis-1', A, B), long('redis-2', B), 100);
      expect(found).toMatchObject({
        different: [],
        undecided: [{ why: 'too long to be read at once, and written all the time' }],
      });
    });
  });

  it('tells which types it could not read', async () => {
    const lines = [line('x', A, '', 'MBbloom--'), line('y', B), line('z', A, '', 'vectorset')];
    const found = await compare(holding('redis-1', lines), holding('redis-2', lines));
    expect(found.unknownTypes).toEqual(['MBbloom--', 'vectorset']);
  });

  it('tells what it leaves out because healthy nodes differ in it', async () => {
    const lines = [line('x', A, '99'), line('y', B, '', 'stream')];
    const found = await compare(holding('redis-1', lines), holding('redis-2', lines));
    expect(found.notCompared).toEqual(['consumers of streams that hold no entry']);
    const knows = [false, false] as const;
    const old = await compare(
      holding('redis-1', lines, { knows }),
      holding('redis-2', lines, { knows }),
    );
    expect(old.notCompared).toContain('expiries less than a minute apart');
  });
});
