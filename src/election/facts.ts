/** What the election oracle is told: sentinels and replicas as they are now, and what fails next. */

export interface ElectionSentinel {
  readonly name: string;
  /** The other sentinels of the same master that it knows, by name. It counts those that are dead too. */
  readonly peers: readonly string[];
  /** The replicas that it knows, by name. */
  readonly replicas: readonly string[];
  readonly quorum: number;
  /** `down-after-milliseconds` */
  readonly downAfterMs: number;
  /** `failover-timeout` */
  readonly failoverTimeoutMs: number;
  readonly parallelSyncs: number;
  /** Since it went into TILT; null if it isn't in it. */
  readonly tiltMs: number | null;
  /** Since it began a failover that came to nothing, or voted for another's; null if it did neither. */
  readonly sinceAttemptMs: number | null;
  /** What its user may not do on the servers, of that which it needs: `config|rewrite`. */
  readonly lacks: readonly string[];
}

export interface ElectionReplica {
  readonly name: string;
  /** `replica-priority` */
  readonly priority: number;
  readonly offset: number;
  readonly runId: string;
  /** How long its link to the master has been down; 0 while it is up. */
  readonly linkDownMs: number;
  /** Whether sentinels take it for down (`s_down`), or have no connection to it (`disconnected`). */
  readonly down: boolean;
  readonly disconnected: boolean;
  /** Since sentinels had a PONG and an INFO of it. */
  readonly sincePongMs: number;
  readonly sinceInfoMs: number;
}

export interface ElectionFacts {
  readonly master: string;
  readonly sentinels: readonly ElectionSentinel[];
  readonly replicas: readonly ElectionReplica[];
}

/** `kill`: connections are closed. `hang`, `cut`: nobody is told. */
export type FailureKind = 'kill' | 'hang' | 'cut';

/** What happens at one moment. */
export interface Failure {
  readonly how: FailureKind;
  /** Servers and sentinels, by name. Those of one cut still reach each other, and nobody else. */
  readonly nodes: readonly string[];
  /** After how long they are back; left out, they are not. */
  readonly backMs?: number;
}
