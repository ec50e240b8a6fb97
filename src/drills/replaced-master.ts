/**
 * What becomes of writes to a master that has lost its replicas to another one. Pure.
 * `min-replicas-to-write` counts the replicas heard within `min-replicas-max-lag` seconds, once
 * a second (`refreshGoodSlavesCount`); one whose connection is closed counts no more at once.
 */
import { count, plural } from '../format.js';
import type { Said } from './claim.js';

export interface Guard {
  /** `min-replicas-to-write` and `min-replicas-max-lag`; either at 0 turns it off. */
  readonly least: number;
  readonly maxLag: number;
}

/** Whether the master knows that its replicas are gone: their connections are closed, or just silent. */
export type Loss = 'known' | 'silent';

/** What came of the writes, counted. */
export interface Counted {
  readonly acknowledged: number;
  readonly refused: number;
  /** Sent and not answered. */
  readonly unknown: number;
  /** Of those acknowledged: not in the data in the end. */
  readonly discarded: number;
}

export const DISCARDED = 'all acknowledged, all discarded';
export const REFUSED = 'all refused';
export const BOUNDED = 'acknowledged and discarded at first, then refused';

/** `parted`: the offset up to which its replicas have its stream. */
export function writesForetold({ least, maxLag }: Guard, loss: Loss, parted: number): Said {
  if (least === 0 || maxLag === 0) {
    return {
      is: DISCARDED,
      because: `min-replicas-to-write is ${least}, so it asks for no replica; what it writes after offset ${count(parted)} reaches none`,
    };
  }
  const guard = `min-replicas-to-write ${least}`;
  if (loss === 'known') {
    return {
      is: REFUSED,
      because: `${guard}, and as soon as it reads that its replicas have closed their links it has none`,
    };
  }
  return {
    is: BOUNDED,
    because: `${guard} is met until no replica has been heard for ${maxLag} s, which it looks at once a second: about ${maxLag + 1} s of writes, which reach none after offset ${count(parted)}`,
  };
}

export function writesSeen({ acknowledged, refused, unknown, discarded }: Counted): Said {
  const unsure = unknown === 0 ? '' : `, ${count(unknown)} not answered`;
  const because = `${plural(acknowledged, 'write')} acknowledged, ${count(refused)} refused${unsure}; ${count(discarded)} discarded`;
  const gone = unknown === 0 && acknowledged > 0 && discarded === acknowledged;
  if (gone) return { is: refused === 0 ? DISCARDED : BOUNDED, because };
  const is = unknown === 0 && acknowledged === 0 && refused > 0 ? REFUSED : 'something else';
  return { is, because };
}
