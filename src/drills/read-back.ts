/** Reads what a node holds of a drill's lists, in slices. */
import type { RedisNode } from '../redis/node.js';
import type { Presence } from './checker.js';
import { listKey, sequenceOf } from './elements.js';
import type { Ledger } from './ledger.js';

const SLICE = 10_000;
const MOST_COPIES = 255;

export async function readBack(
  node: RedisNode,
  run: string,
  seed: number,
  ledger: Ledger,
): Promise<Presence> {
  const counts: Uint8Array[] = [];
  let strays = 0;
  for (let writer = 0; writer < ledger.writers; writer += 1) {
    const seen = new Uint8Array(ledger.attempted(writer));
    for (let from = 0; ; from += SLICE) {
      const key = listKey(run, writer);
      const slice = (await node.call('LRANGE', key, from, from + SLICE - 1)) as string[];
      for (const text of slice) {
        const sequence = sequenceOf(text, seed, writer);
        if (sequence === null || sequence >= seen.length) strays += 1;
        else seen[sequence] = Math.min(MOST_COPIES, (seen[sequence] ?? 0) + 1);
      }
      if (slice.length < SLICE) break;
    }
    counts.push(seen);
  }
  return { node: node.name, counts, strays };
}

/** What a node would hold if exactly the acknowledged writes were there. */
export function presumed(node: string, ledger: Ledger): Presence {
  const counts = Array.from({ length: ledger.writers }, (_, writer) =>
    new Uint8Array(ledger.attempted(writer)).map((_count, sequence) =>
      ledger.outcome(writer, sequence) === 'acknowledged' ? 1 : 0,
    ),
  );
  return { node, counts, strays: 0 };
}

/** Whether two nodes hold the same elements equally often. */
export function samePresence(a: Presence, b: Presence): boolean {
  const equal = (writer: number): boolean => {
    const left = a.counts[writer];
    const right = b.counts[writer];
    return (
      left !== undefined && right !== undefined && Buffer.from(left).equals(Buffer.from(right))
    );
  };
  return a.strays === b.strays && a.counts.every((_, writer) => equal(writer));
}

export async function removeLists(node: RedisNode, run: string, writers: number): Promise<void> {
  for (let writer = 0; writer < writers; writer += 1)
    await node.call('UNLINK', listKey(run, writer));
}
