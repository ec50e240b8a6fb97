/** Which of the salvaged keys a master holds already as they are to be. */
import { isSame, type KeyState, NOTHING, readKeys } from '../stream/key-state.js';
import type { SalvagedWrite } from '../stream/salvage-file.js';
import type { Wire } from '../stream/wire.js';
import { type GroupKey, groupKeys, type KeyGroup } from './salvage-groups.js';

/**
 * The writes that the master lacks: not those whose keys, with all that was written together with them, hold
 * there what they held in the end. What may have written more than it says is always among them.
 */
export async function lacking(
  master: Wire,
  lines: readonly SalvagedWrite[],
): Promise<readonly SalvagedWrite[]> {
  const { groups, others } = groupKeys(lines);
  const held = await holding(master, groups);
  const known = new Set([...held].flatMap(({ writes }) => writes));
  const kept = new Set(others);
  return lines.filter((line) => kept.has(line) || !known.has(line));
}

/** The groups of which every key holds what it is to hold. */
export async function holding(wire: Wire, groups: readonly KeyGroup[]): Promise<Set<KeyGroup>> {
  const keys = groups.filter(isKnown).flatMap((group) => group.keys);
  const right = new Set<GroupKey>();
  for (const db of new Set(keys.map((it) => it.db))) {
    const own = keys.filter((it) => it.db === db);
    const states = await readKeys(
      wire,
      db,
      own.map(({ key }) => key),
    );
    for (const [index, it] of own.entries()) {
      const now = states[index];
      if (now && it.state && isSame(now, asOfNow(it.state))) right.add(it);
    }
  }
  return new Set(groups.filter((group) => group.keys.every((it) => right.has(it))));
}

/** Whether it is known what all its keys are to hold. */
export const isKnown = ({ keys }: KeyGroup): boolean => keys.every(({ state }) => state !== null);

/** What has expired since is gone. */
export const asOfNow = (state: KeyState): KeyState =>
  state.expiresAtMs !== null && state.expiresAtMs <= Date.now() ? NOTHING : state;
