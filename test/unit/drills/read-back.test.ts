import { describe, expect, it } from 'vitest';
import type { Presence } from '../../../src/drills/checker.js';
import { element } from '../../../src/drills/elements.js';
import { Ledger } from '../../../src/drills/ledger.js';
import { readBack, removeLists, samePresence } from '../../../src/drills/read-back.js';
import { type Call, fakeNode } from '../redis/fake-node.js';

const SEED = 7;

/** A node that holds these lists, by writer; and what it was asked. */
function holder(...lists: readonly (readonly string[])[]) {
  const calls: Call[] = [];
  const node = fakeNode('redis-2', (command, key, from, to) => {
    calls.push([command, key ?? '', from ?? 0, to ?? 0]);
    const list = lists[Number(String(key).split(':').at(-1))] ?? [];
    return list.slice(Number(from), Number(to) + 1);
  });
  return { node, calls };
}

function begun(...writes: readonly number[]): Ledger {
  const ledger = new Ledger(writes.length);
  for (const [writer, count] of writes.entries()) {
    for (let at = 0; at < count; at += 1) ledger.invoke(writer, at);
  }
  return ledger;
}

const elements = (writer: number, count: number): string[] =>
  Array.from({ length: count }, (_, sequence) => element(SEED, writer, sequence));

describe('what a node holds', () => {
  it('is counted by writer and sequence, in whatever order it stands', async () => {
    const [zero = '', one = '', two = ''] = elements(1, 3);
    const { node, calls } = holder(elements(0, 1), [two, zero, two, one, two]);
    expect(await readBack(node, 'run', SEED, begun(2, 4))).toEqual({
      node: 'redis-2',
      counts: [Uint8Array.of(1, 0), Uint8Array.of(1, 1, 3, 0)],
      strays: 0,
    });
    expect(calls).toEqual([
      ['LRANGE', 'rrepl:drill:run:0', 0, 9999],
      ['LRANGE', 'rrepl:drill:run:1', 0, 9999],
    ]);
  });

  it('is read in slices, to the end', async () => {
    const { node, calls } = holder(elements(0, 20_001));
    const { counts } = await readBack(node, 'run', SEED, begun(20_002));
    expect(counts[0]?.slice(0, 20_001).every((copies) => copies === 1)).toBe(true);
    expect(counts[0]?.at(-1)).toBe(0);
    expect(calls.map(([, , from, to]) => [from, to])).toEqual([
      [0, 9999],
      [10_000, 19_999],
      [20_000, 29_999],
    ]);
  });

  it('is read to the end of a list of whole slices too', async () => {
    const { node, calls } = holder(elements(0, 10_000));
    const { counts } = await readBack(node, 'run', SEED, begun(10_000));
    expect(counts[0]?.every((copies) => copies === 1)).toBe(true);
    expect(calls).toHaveLength(2);
  });

  it('includes strays: foreign text, other writers’ elements, and those nobody began', async () => {
    const strays = ['hello', element(SEED, 1, 0), element(SEED + 1, 0, 0), element(SEED, 0, 2)];
    const { node } = holder([element(SEED, 0, 0), ...strays, element(SEED, 0, -1)], []);
    const found = await readBack(node, 'run', SEED, begun(2, 2));
    expect(found.counts).toEqual([Uint8Array.of(1, 0), Uint8Array.of(0, 0)]);
    expect(found.strays).toBe(5);
  });

  it('counts no further than a byte does', async () => {
    const { node } = holder(Array.from({ length: 300 }, () => element(SEED, 0, 0)));
    const { counts } = await readBack(node, 'run', SEED, begun(1));
    expect(counts).toEqual([Uint8Array.of(255)]);
  });
});

describe('two nodes hold the same', () => {
  const presence = (counts: readonly number[][], strays = 0): Presence => ({
    node: 'redis-2',
    counts: counts.map((row) => Uint8Array.from(row)),
    strays,
  });

  it.each<[string, Presence, Presence, boolean]>([
    ['if they hold every element equally often', presence([[1, 0]]), presence([[1, 0]]), true],
    ['not if one lacks an element', presence([[1, 1]]), presence([[1, 0]]), false],
    ['not if one holds an element twice', presence([[1, 1]]), presence([[1, 2]]), false],
    ['not if one holds strays', presence([[1]]), presence([[1]], 1), false],
    [
      'not if they differ with the last writer only',
      presence([[1], [1]]),
      presence([[1], [0]]),
      false,
    ],
    ['not if one lacks a writer', presence([[1], []]), presence([[1]]), false],
  ])('%s', (_, a, b, same) => {
    expect(samePresence(a, b)).toBe(same);
  });
});

it('the lists are removed without blocking the server, and nothing else is', async () => {
  const { node, calls } = holder();
  await removeLists(node, 'run', 2);
  expect(calls.map(([command, key]) => [command, key])).toEqual([
    ['UNLINK', 'rrepl:drill:run:0'],
    ['UNLINK', 'rrepl:drill:run:1'],
  ]);
});
