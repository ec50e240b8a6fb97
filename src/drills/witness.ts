/**
 * A second witness beside the ledger: what the killed master's stream had beyond the cut. Each of the
 * two must say of every write what the other says, but for those that the master acknowledged in its last
 * event loop: it died before the stream left it. Pure.
 */
import { plural } from '../format.js';
import type { LostWrites } from '../stream/history.js';
import type { Presence } from './checker.js';
import { listKey, sequenceOf } from './elements.js';
import type { Ledger } from './ledger.js';

export interface Witness {
  /** Writes that the stream had beyond the cut. */
  readonly lost: number;
  /** Acknowledged and lost, and never in the stream: at most the last one of each writer. */
  readonly lastEventLoop: number;
}

export interface Testimony extends Witness {
  /** Where the two disagree, one sentence each. */
  readonly defects: readonly string[];
}

export interface Heard {
  readonly stream: LostWrites;
  readonly run: string;
  readonly seed: number;
  /** Writes that were begun later are none of the dead master's. */
  readonly deathMs: number;
}

export function testify(ledger: Ledger, presence: Presence, heard: Heard): Testimony {
  const seen = sequencesIn(heard, ledger.writers);
  const last = seen.map((sequences) => latest(sequences));
  const found = { kept: 0, missing: 0, lastEventLoop: 0 };
  for (const { writer, sequence, outcome, invokedMs } of ledger.writes()) {
    const isKept = (presence.counts[writer]?.[sequence] ?? 0) > 0;
    const isSeen = seen[writer]?.has(sequence) ?? false;
    if (isSeen && isKept) found.kept += 1;
    if (isSeen || isKept || outcome !== 'acknowledged' || invokedMs >= heard.deathMs) continue;
    if (sequence > (last[writer] ?? -1)) found.lastEventLoop += 1;
    else found.missing += 1;
  }
  const { kept, missing, lastEventLoop } = found;
  const excess = Math.max(0, lastEventLoop - ledger.writers);
  const sentences: readonly [number, string][] = [
    [kept, 'beyond the cut by the stream, which the survivor has'],
    [missing + excess, 'acknowledged and lost, and not in the stream of the dead master'],
  ];
  return {
    lost: seen.reduce((sum, { size }) => sum + size, 0),
    lastEventLoop,
    defects: sentences.flatMap(([writes, what]) =>
      writes === 0 ? [] : [`a defect, two witnesses disagree: ${plural(writes, 'write')} ${what}`],
    ),
  };
}

function latest(sequences: ReadonlySet<number>): number {
  let last = -1;
  for (const sequence of sequences) last = Math.max(last, sequence);
  return last;
}

/** Of each writer. */
function sequencesIn({ stream, run, seed }: Heard, writers: number): Set<number>[] {
  const keys = Array.from({ length: writers }, (_, writer) => listKey(run, writer));
  const seen = keys.map(() => new Set<number>());
  for (const { command, args } of stream.writes) {
    const writer = keys.indexOf(args[0]?.toString() ?? '');
    if (command !== 'RPUSH' || writer < 0) continue;
    for (const element of args.slice(1)) {
      const sequence = sequenceOf(element.toString(), seed, writer);
      if (sequence !== null) seen[writer]?.add(sequence);
    }
  }
  return seen;
}
