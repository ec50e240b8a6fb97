/**
 * What became of every write: the ledger against what the nodes hold. Pure.
 * The set checker of Jepsen, with the loss explained: a write that lies beyond the offset at
 * which the new master branched off was never there; one before it was lost afterwards.
 */
import type { Ledger, Write } from './ledger.js';
import type { OffsetSample } from './sampler.js';

/** How often each element of each writer was read back. */
export interface Presence {
  readonly node: string;
  /** By writer, then by sequence number. */
  readonly counts: readonly Uint8Array[];
  /** Elements in the drill's lists that no writer ever wrote. */
  readonly strays: number;
}

export interface WriteCounts {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Sent and not answered; those that WAIT did not confirm are among them. */
  readonly unknown: number;
  readonly unconfirmed: number;
  /** Acknowledged and absent. */
  readonly lost: number;
  /** Unknown and present. */
  readonly recovered: number;
  /** Refused and present: an error. */
  readonly resurrected: number;
  /** Copies beyond the first, and elements that were never written: errors. */
  readonly duplicates: number;
}

export interface Findings {
  readonly writes: WriteCounts;
  /** Lost writes that may lie beyond the cut; null where there is no cut. */
  readonly lostBeyondCut: number | null;
  /** Lost writes that were certainly in the survivor's history: a defect. */
  readonly lostBeforeCut: number | null;
  /** Lost writes that the survivor itself had acknowledged: a defect. */
  readonly lostAfterDeath: number;
  /** When the earliest lost write was acknowledged, in milliseconds of the drill; null if none was. */
  readonly firstLostMs: number | null;
}

export interface Death {
  /** When the old master was dead: what was begun later and acknowledged, the survivor acknowledged. */
  readonly atMs: number;
  /** Null if the survivor's stream is no branch of the old one. */
  readonly cut: Cut | null;
}

export interface Cut {
  /** The last byte of the old stream that the survivor has. */
  readonly offset: number;
  /** What was sampled of the old master, in the order of time. */
  readonly samples: readonly OffsetSample[];
}

export function check(ledger: Ledger, presence: Presence, { atMs, cut }: Death): Findings {
  const tally = {
    attempted: 0,
    acknowledged: 0,
    refused: 0,
    unknown: 0,
    unconfirmed: 0,
    lost: 0,
    recovered: 0,
    resurrected: 0,
    duplicates: presence.strays,
  };
  let beforeCut = 0;
  let afterDeath = 0;
  let firstLostMs: number | null = null;
  for (const write of ledger.writes()) {
    const copies = presence.counts[write.writer]?.[write.sequence] ?? 0;
    tally.attempted += 1;
    tally.duplicates += Math.max(0, copies - 1);
    if (write.outcome === 'acknowledged') {
      tally.acknowledged += 1;
      if (copies > 0) continue;
      tally.lost += 1;
      firstLostMs = Math.min(firstLostMs ?? write.completedMs, write.completedMs);
      if (write.invokedMs >= atMs) afterDeath += 1;
      else if (cut !== null && lastPossibleOffset(write, cut.samples) <= cut.offset) beforeCut += 1;
    } else if (write.outcome === 'refused') {
      tally.refused += 1;
      if (copies > 0) tally.resurrected += 1;
    } else {
      tally.unknown += 1;
      if (write.outcome === 'unconfirmed') tally.unconfirmed += 1;
      if (copies > 0) tally.recovered += 1;
    }
  }
  return {
    writes: tally,
    lostBeyondCut: cut === null ? null : tally.lost - beforeCut - afterDeath,
    lostBeforeCut: cut === null ? null : beforeCut,
    lostAfterDeath: afterDeath,
    firstLostMs,
  };
}

/** A master asked after the acknowledgement has the write in its offset. Nothing asked: no bound. */
function lastPossibleOffset({ completedMs }: Write, samples: readonly OffsetSample[]): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((samples[middle]?.sentMs ?? 0) < completedMs) low = middle + 1;
    else high = middle;
  }
  return samples[low]?.offset ?? Number.POSITIVE_INFINITY;
}
