/**
 * Two servers of one replication stream, looked at where the stream is the same for both. Their
 * clocks don't tell: whatever is read from the one, the other has gone on until it is asked. But
 * what they hold after the same byte must be equal, however much is written.
 */

/** Something that was read, and the replication id and offset at which it was so. */
export interface Sample<T> {
  readonly point: string;
  readonly value: T;
}

/** How many of its latest samples of one server wait for one of the other's. */
const KEPT = 1000;

/**
 * Reads both again and again, at the same time, until one of each was read at the same point.
 * Undefined if that did not come about in `ms` milliseconds.
 */
export async function atSamePoint<T>(
  readFirst: () => Promise<Sample<T>>,
  readSecond: () => Promise<Sample<T>>,
  ms: number,
): Promise<readonly [T, T] | undefined> {
  const endsAt = performance.now() + ms;
  const [first, second] = [new Map<string, T>(), new Map<string, T>()];
  let ended = false;
  let found: readonly [T, T] | undefined;
  const collect = async (read: () => Promise<Sample<T>>, into: Map<string, T>) => {
    while (!ended) {
      const { point, value } = await read();
      into.set(point, value);
      const [a, b] = [first.get(point), second.get(point)];
      if (a !== undefined && b !== undefined) found ??= [a, b];
      ended ||= found !== undefined || performance.now() >= endsAt;
      const [oldest] = into.keys();
      if (into.size > KEPT && oldest !== undefined) into.delete(oldest);
    }
  };
  try {
    await Promise.all([collect(readFirst, first), collect(readSecond, second)]);
  } finally {
    ended = true;
  }
  return found;
}
