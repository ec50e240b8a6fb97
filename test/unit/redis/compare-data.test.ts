import { afterEach, describe, expect, it } from 'vitest';
import { DeadlineError } from '../../../src/errors.js';
import { compareData } from '../../../src/redis/compare-data.js';
import { COUNT, LOOK, MATCH, RESUME, SWEEP } from '../../../src/redis/digest-script.js';
import type { RedisNode } from '../../../src/redis/node.js';
import { info } from '../../support/fake-redis.js';
import { type Call, fakeNode, limits } from './fake-node.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

const options = (ms = 1000) => ({ ...limits(ms), sliceMs: 10, limit: 5 });

/** Its keys as lines: name, type, '', digest, expiry. */
type Lines = readonly string[];

interface Server {
  /** What SWEEP and MATCH read, a slice a list. */
  readonly slices: readonly Lines[];
  /** Keys that are too long for a slice: `name type`. */
  readonly long?: readonly string[];
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

const nameOf = (line: string) => line.split(' ', 1)[0] ?? '';

function server(name: string, wish: Server): RedisNode {
  const { slices, offset = () => 100, knows = [true, false] } = wish;
  const all = new Map(slices.flat().map((it) => [nameOf(it), it]));
  const of = (key: string) => all.get(key);
  const look = wish.look ?? of;
  const rest = [...(wish.resumed ?? [])];
  const keys = all.size + (wish.long ?? []).length;
  const keyspace = wish.keyspace ?? (keys > 0 ? `db0:keys=${keys},expires=0` : '');
  const sweep = (index: number) => {
    const lines = slices[index] ?? [];
    const fields = lines.map((it) => it.split(' '));
    const next = index + 1 < slices.length ? `${index + 1}` : '0';
    const types = [...new Set(fields.map(([, type]) => type))].join(' ');
    const expires = Number(fields.some(([, , , , expiry]) => expiry));
    const long = index === 0 ? (wish.long ?? []).join('\n') : '';
    const names = lines.map(nameOf).join(' ');
    return [next, lines.join('\n'), lines.length, names, long, types, expires];
  };
  return fakeNode(name, (...call) => {
    calls.push(call);
    const [command, script, ...args] = call;
    if (command === 'COMMAND') return knows.map((it) => (it ? [] : null));
    if (command === 'INFO' && script === 'keyspace') return keyspace;
    if (command === 'INFO') return info({ offset: offset() });
    if (script === COUNT) return [`id ${offset()}`, keyspace];
    const wanted = args.slice(5).map(String);
    if (script === SWEEP) return sweep(Number(wanted[0]));
    if (script === MATCH) return (wanted[0] ?? '').split(' ').map(of).join('\n');
    if (script === RESUME) return rest.shift() ?? ['', '', ''];
    const lines = wanted.map((key) => look(key) ?? `${key} none   `);
    return [`id ${offset()}`, lines.join('\n')];
  });
}

const line = (name: string, digest: string, expiry = '', type = 'string') =>
  `${name} ${type}  ${digest} ${expiry}`;

const holding = (name: string, lines: Lines, more: Partial<Server> = {}): RedisNode =>
  server(name, { slices: [lines], ...more });

async function compare(first: RedisNode, second: RedisNode, ms?: number) {
  const { comparisons } = await compareData(first, [second], options(ms));
  const [comparison] = comparisons;
  if (comparison?.status !== 'fulfilled') throw comparison?.reason;
  return comparison.value;
}

const EQUAL = { different: [], undecided: [] };
const scripts = (script: string) => calls.filter((call) => call[1] === script);

describe('what is read', () => {
  const read = (node: RedisNode, ms?: number) => compareData(node, [], options(ms));

  it('is counted over all slices', async () => {
    const node = server('redis-1', { slices: [[line('x', A)], [], [line('y', B, '17')]] });
    expect(await read(node)).toMatchObject({ keys: 2, databases: 1 });
  });

  it('counts a key once that a rehash shows twice', async () => {
    const node = server('redis-1', { slices: [[line('x', A)], [line('x', A)]] });
    expect((await read(node)).keys).toBe(1);
  });

  it('is said at the deadline', async () => {
    const reading = read(server('redis-1', { slices: [[line('x', A)]] }), 0);
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
    await read(server('redis-1', { slices: [[]], knows, keyspace }));
    expect(scripts(SWEEP)[0]?.[6]).toBe(asked);
  });

  it('is only what the oldest of the servers knows', async () => {
    const old = server('redis-2', { slices: [], knows: [false, false] });
    await compareData(holding('redis-1', [line('x', A)]), [old], options());
    expect(scripts(SWEEP)[0]?.[5]).toBe(0);
  });

  it('leaves out a node that does not answer, and compares the others', async () => {
    const lines = [line('x', A)];
    const silent = fakeNode('redis-2', () => {
      throw new Error('silent');
    });
    const others = [silent, holding('redis-3', lines)];
    const { comparisons } = await compareData(holding('redis-1', lines), others, options());
    expect(comparisons).toMatchObject([
      { status: 'rejected', reason: { message: 'silent' } },
      { status: 'fulfilled', value: EQUAL },
    ]);
  });
});

describe('a comparison', () => {
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
      { db: 0, name: 'gone', what: 'only on the first' },
      { db: 0, name: 'stray', what: 'only on the second' },
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

  it('names no more than asked for, and then reads no more', async () => {
    const slices = Array.from({ length: 20 }, (_, slice) =>
      Array.from({ length: 200 }, (_, key) => line(`key${slice}:${key}`, A)),
    );
    const found = await compare(server('redis-1', { slices }), holding('redis-2', []));
    expect(found.different).toHaveLength(5);
    expect(scripts(SWEEP).length).toBeLessThan(10);
    expect(scripts(LOOK).length).toBeLessThan(40);
  });

  it('finds one difference among thousands that are only written meanwhile', async () => {
    const names = Array.from({ length: 3000 }, (_, key) => `key${key}`);
    const slices = (digest: string) =>
      [0, 1000, 2000].map((at) => names.slice(at, at + 1000).map((name) => line(name, digest)));
    const look = (wrong: string) => (name: string) => line(name, name === 'key1234' ? wrong : A);
    const first = server('redis-1', { slices: slices(A), look: look(A) });
    const second = server('redis-2', { slices: slices(B), look: look(B) });
    expect(await compare(first, second, 30_000)).toMatchObject({
      different: [{ db: 0, name: 'key1234', what: 'differs' }],
      undecided: [],
    });
  });

  it('looks for other keys only where the number of keys does not come out', async () => {
    const lines = [line('x', A), line('y', A)];
    await compare(holding('redis-1', lines), holding('redis-2', [line('x', A)]));
    expect(scripts(SWEEP)).toHaveLength(1);
    const more = holding('redis-2', [...lines, line('stray', A)]);
    expect((await compare(holding('redis-1', lines), more)).different).toEqual([
      { db: 0, name: 'stray', what: 'only on the second' },
    ]);
  });

  it('looks for other keys if no number of keys is known at one offset', async () => {
    const lines = [line('x', A)];
    let asked = 0;
    const ahead = { offset: () => 200 + asked++ };
    const found = await compare(holding('redis-1', lines), holding('redis-2', lines, ahead), 3000);
    expect(found).toMatchObject(EQUAL);
    expect(scripts(SWEEP)).toHaveLength(2);
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

    it('is read by itself where it does not fit into a slice', async () => {
      const node = (name: string, digest: string) =>
        server(name, {
          slices: [[]],
          long: ['big hash'],
          look: () => 'big hash 640 half ',
          resumed: Array.from({ length: 99 }, (_, i) => [i % 2 ? '' : '42', digest, '']),
        });
      expect(await compare(node('redis-1', A), node('redis-2', A))).toMatchObject(EQUAL);
      expect(scripts(RESUME)[1]?.slice(7)).toEqual(['big', 'hash', '', '']);
      expect(scripts(RESUME)[2]?.slice(7)).toEqual(['big', 'hash', '42', A]);
      const other = await compare(node('redis-1', A), node('redis-2', B));
      expect(other.different).toEqual([{ db: 0, name: 'big', what: 'differs' }]);
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
