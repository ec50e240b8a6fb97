/** Salvaged writes by the keys that belong together: those that one command or transaction wrote. Pure. */
import { keyId } from '../stream/changes.js';
import type { KeyState } from '../stream/key-state.js';
import type { SalvagedWrite } from '../stream/salvage-file.js';
import { isScript } from '../stream/written-keys.js';

/** Keys that belong together, and their writes. */
export interface KeyGroup {
  readonly keys: readonly GroupKey[];
  readonly writes: readonly SalvagedWrite[];
}

export interface GroupKey {
  readonly db: number;
  readonly key: Buffer;
  /** What it is to hold; null if the file does not say it. */
  readonly state: KeyState | null;
}

/** Groups of keys, and writes that are of no key or of an unknown database, or may be of other keys too. */
export function groupKeys(lines: readonly SalvagedWrite[]): {
  readonly groups: readonly KeyGroup[];
  readonly others: readonly SalvagedWrite[];
} {
  const union = new Union();
  const others: SalvagedWrite[] = [];
  const ownerOf = (line: SalvagedWrite) => keyId(line.db, line.keys[0] ?? Buffer.alloc(0));
  const transactions = new Map<number, string>();
  for (const line of lines) {
    const [first, ...rest] = line.keys;
    const hasPlace = first !== undefined && line.db !== null;
    if (!hasPlace || isScript(line.command)) others.push(line);
    if (!hasPlace) continue;
    const owner = ownerOf(line);
    for (const key of rest) union.join(owner, keyId(line.db, key));
    if (line.transaction === null) continue;
    union.join(owner, transactions.get(line.transaction) ?? owner);
    transactions.set(line.transaction, owner);
  }
  const groups = new Map<string, { keys: Map<string, GroupKey>; writes: SalvagedWrite[] }>();
  for (const line of lines) {
    if (line.keys.length === 0 || line.db === null) continue;
    const name = union.find(ownerOf(line));
    const group = groups.get(name) ?? { keys: new Map<string, GroupKey>(), writes: [] };
    groups.set(name, group);
    group.writes.push(line);
    for (const key of line.keys) {
      const state = line.after.find((it) => it.key.equals(key)) ?? null;
      group.keys.set(keyId(line.db, key), { db: line.db, key, state });
    }
  }
  const found = [...groups.values()].map(({ keys, writes }) => ({
    keys: [...keys.values()],
    writes,
  }));
  return { groups: found, others };
}

class Union {
  readonly #parents = new Map<string, string>();

  find(item: string): string {
    let root = item;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root))
      root = up;
    if (root !== item) this.#parents.set(item, root);
    return root;
  }

  join(one: string, other: string): void {
    const [a, b] = [this.find(one), this.find(other)];
    if (a !== b) this.#parents.set(a, b);
  }
}
