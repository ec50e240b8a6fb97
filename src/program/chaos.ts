/** Faults at random, the same ones for the same seed: one after the other, and each undone. Pure. */
import { FAULTS, type FaultName } from '../drills/faults.js';
import type { PlannedFault } from './faults.js';

const FIRST_MS = 1000;
/** Between the end of one and the beginning of the next. */
const PAUSE_MS = [1500, 3500] as const;
const LENGTH_MS = [500, 2500] as const;
/** What brings itself back takes about as long. */
const RECOVERY_MS = 1500;

const CHOICES = (Object.keys(FAULTS) as FaultName[]).flatMap((fault) =>
  FAULTS[fault].atRandom.map((role) => ({
    fault,
    node: FAULTS[fault].namesNode ? role : null,
  })),
);

/** Those of a topology without replicas leave its data where they are. */
const ALONE = CHOICES.filter(({ fault, node }) => fault === 'pause' && node === 'master');

/** @param durationMs in which every fault begins and ends */
export function chaos(seed: number, durationMs: number, replicas: number): PlannedFault[] {
  const random = generator(seed);
  const between = ([least, most]: readonly [number, number]): number =>
    Math.round((least + random() * (most - least)) / 100) * 100;
  const choices = replicas === 0 ? ALONE : CHOICES;
  const faults: PlannedFault[] = [];
  for (let atMs = FIRST_MS; ; ) {
    const choice = choices[Math.floor(random() * choices.length)];
    if (choice === undefined) return faults;
    const { fault, node } = choice;
    const forMs = FAULTS[fault].undoneBy === null ? null : between(LENGTH_MS);
    const endMs = atMs + (forMs ?? RECOVERY_MS);
    if (endMs > durationMs) return faults;
    faults.push({ text: spell(fault, node, atMs, forMs), fault, node, atMs, forMs });
    atMs = endMs + between(PAUSE_MS);
  }
}

const spell = (fault: string, node: string | null, atMs: number, forMs: number | null): string =>
  `${fault}${node === null ? '' : `:${node}`}@${atMs}ms${forMs === null ? '' : `+${forMs}ms`}`;

/** mulberry32: from 0 to below 1. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
