/** Which node leads, or why nobody can be chosen. Pure. */

/** A node that may be the one whose data count. */
export interface Claimant {
  readonly node: string;
  /** Its server answers. */
  readonly living: boolean;
  /** What it has, for people. */
  readonly has: string;
}

export interface Choice {
  /** Null if nobody can be chosen, or there is nobody. */
  readonly master: string | null;
  /** The same, if it is a living replica that must be promoted. */
  readonly promoted: string | null;
  /** Nodes of which each may be the one whose data count, and nothing tells which. */
  readonly undecided: readonly Claimant[];
  readonly notes: readonly string[];
}

export const choice = (
  master: string,
  promoted: string | null = null,
  notes: string[] = [],
): Choice => ({
  master,
  promoted,
  undecided: [],
  notes,
});

export const undecided = (claimants: readonly Claimant[]): Choice => ({
  master: null,
  promoted: null,
  undecided: claimants,
  notes: [],
});
