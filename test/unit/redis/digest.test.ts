import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DeadlineError } from '../../../src/errors.js';
import { findDifferingKeys } from '../../../src/redis/differing-keys.js';
import { compareDigests, type DatasetDigest, datasetDigest } from '../../../src/redis/digest.js';
import { RESUME, SWEEP } from '../../../src/redis/digest-script.js';
import type { RedisNode } from '../../../src/redis/node.js';
import { type Call, fakeNode, limits } from './fake-node.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const A_XOR_B = '1'.repeat(40);

const options = () => ({ ...limits(1000), sliceMs: 10 });

/** A node with database 0, whose SWEEP answers with these slices, line by line as the script does. */
function nodeThatSweeps(slices: string[][], resumed: [string, string][] = []): RedisNode {
  const rest = [...resumed];
  return fakeNode('redis-1', (command, script, _keys, _db, _budget, cursor) => {
    if (command === 'INFO') return '# Keyspace\r\ndb0:keys=9,expires=0,avg_ttl=0\r\n';
    if (script === RESUME) return [100, ...(rest.shift() ?? [])];
    const next = Number(cursor) + 1;
    return [100, next < slices.length ? `${next}` : '0', slices[Number(cursor)]?.join('\n') ?? ''];
  });
}

async function database0(node: RedisNode) {
  return (await datasetDigest(node, options())).databases.get(0);
}

describe('datasetDigest', () => {
  it('combines the keys of all slices, in no order', async () => {
    const lines = [`x string  ${A}`, `y list  ${B}`] as const;
    const expected = { keys: 2, digest: A_XOR_B };
    expect(await database0(nodeThatSweeps([[lines[0]], [], [lines[1]]]))).toEqual(expected);
    expect(await database0(nodeThatSweeps([[lines[1], lines[0]]]))).toEqual(expected);
  });

  it('counts a key once that a rehash shows twice', async () => {
    const line = `x string  ${A}`;
    expect(await database0(nodeThatSweeps([[line], [line]]))).toEqual({ keys: 1, digest: A });
  });

  it('reads on where a long key was left', async () => {
    const calls: Call[] = [];
    const inner = nodeThatSweeps(
      [['big hash 17 3:4']],
      [
        ['42', '5:6'],
        ['', B],
      ],
    );
    const node = fakeNode('redis-1', (...call) => {
      calls.push(call);
      return inner.call(...call);
    });
    expect(await database0(node)).toEqual({ keys: 1, digest: B });
    const resumes = calls.filter(([, script]) => script === RESUME);
    expect(resumes.map((call) => call.slice(5))).toEqual([
      ['big', 'hash', '17', '3:4'],
      ['big', 'hash', '42', '5:6'],
    ]);
  });

  it('leaves out a long key that expires meanwhile, and then the empty database', async () => {
    expect(await database0(nodeThatSweeps([['big hash 17 3:4']], [['', '']]))).toBeUndefined();
  });

  it('tells which types it could not read', async () => {
    const node = nodeThatSweeps([[`x MBbloom--  ${A}`, `y string  ${B}`, `z vectorset  ${A}`]]);
    expect((await datasetDigest(node, options())).unknownTypes).toEqual(['MBbloom--', 'vectorset']);
  });

  it('says at the deadline what it was reading', async () => {
    const digest = datasetDigest(nodeThatSweeps([[]]), { ...limits(0), sliceMs: 10 });
    await expect(digest).rejects.toThrow(DeadlineError);
    await expect(digest).rejects.toThrow('waiting for the digest of database 0 of redis-1');
  });

  it('grants more work to a fast server, at most twice as much at a time', async () => {
    // A clock that stands still: however busy this machine is, the fake answers at once.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const budgets: number[] = [];
    const inner = nodeThatSweeps([[], [], []]);
    const node = fakeNode('redis-1', async (...call) => {
      if (call[1] !== SWEEP) return inner.call(...call);
      const budget = Number(call[4]);
      budgets.push(budget);
      const [, ...reply] = (await inner.call(...call)) as unknown[];
      return [budget, ...reply];
    });
    await datasetDigest(node, options());
    expect(budgets).toEqual([500, 1000, 2000]);
  });
});

describe('compareDigests', () => {
  const dataset = (entries: [number, string][]): DatasetDigest => ({
    databases: new Map(entries.map(([db, digest]) => [db, { keys: 1, digest }])),
    unknownTypes: [],
  });

  it('finds nothing between equals', () => {
    expect(compareDigests(dataset([[0, A]]), dataset([[0, A]]))).toBeUndefined();
  });

  it('finds the lowest database that differs', () => {
    const a = dataset([
      [0, A],
      [2, A],
      [11, A],
    ]);
    const b = dataset([
      [0, A],
      [2, B],
    ]);
    expect(compareDigests(a, b)?.db).toBe(2);
  });

  it('finds a database that only one of them uses', () => {
    const b = { keys: 1, digest: B };
    expect(compareDigests(dataset([]), dataset([[3, B]]))).toEqual({ db: 3, a: undefined, b });
  });
});

describe('findDifferingKeys', () => {
  const first = nodeThatSweeps([[`same string  ${A}`, `changed set  ${A}`, `gone list  ${A}`]]);
  const second = nodeThatSweeps([[`extra hash  ${B}`], [`changed set  ${B}`, `same string  ${A}`]]);

  it('names what differs and on which node it is', async () => {
    expect(await findDifferingKeys(first, second, 0, 9, options())).toEqual([
      { name: 'changed', what: 'differs' },
      { name: 'gone', what: 'only on the first' },
      { name: 'extra', what: 'only on the second' },
    ]);
  });

  it('names no more than asked for', async () => {
    expect(await findDifferingKeys(first, second, 0, 2, options())).toHaveLength(2);
  });
});
