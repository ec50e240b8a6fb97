/** Whether sentinels are settled: each sees all servers and all others, and a failover could begin. Pure. */
import type { Place, SentinelFacts, SentinelView } from './sentinel.js';

export interface WatchedMaster {
  readonly master: Place;
  /** Addresses of all its replicas, and of all sentinels. */
  readonly replicas: readonly string[];
  readonly sentinels: readonly string[];
  readonly quorum: number;
}

/** After a failover INFO tells only in up to ten seconds who a server is, and a PING is always under way. */
export interface Glance {
  /** Addresses of nodes that are known to be down: that a sentinel finds them so is as it should be. */
  readonly down: readonly string[];
}

/** A PING that is open for so long is on its way. */
const PATIENCE_MS = 1000;

/**
 * Why a sentinel isn't settled yet, in words; null if it is. CKQUORUM would be content with peers that
 * can't even log in, for a whole down-after: an open PING tells.
 * @param own its address
 * @param epoch the highest of all
 * @param glance null while it is awaited; else what a look at a topology at work makes nothing of
 */
export function unsettled(
  facts: SentinelFacts,
  own: string,
  wanted: WatchedMaster,
  epoch: number,
  glance: Glance | null = null,
): string | null {
  const { master } = facts;
  if (facts.tilt) return 'it is in TILT: it takes part in nothing for 30 s';
  if (master === null) return 'it monitors nothing';
  const { host, port } = wanted.master;
  if (master.host !== host || master.port !== port) {
    return `it names ${master.host}:${master.port} as the master, not ${host}:${port}`;
  }
  const viewOf = (who: string, view: SentinelView, role: string) =>
    glance?.down.includes(view.host) ? null : viewProblem(who, view, role, glance !== null);
  const others = wanted.sentinels.filter((it) => it !== own);
  const problems = [
    viewOf('the master', master, 'master'),
    listProblem('replicas', facts.replicas, wanted.replicas),
    listProblem('other sentinels', facts.sentinels, others),
    ...facts.replicas.map((it) => viewOf(`the replica ${it.host}`, it, 'slave')),
    ...facts.sentinels.map((it) => viewOf(`the sentinel ${it.host}`, it, 'sentinel')),
    ...facts.sentinels.map((it) => openPing(it, glance === null ? 0 : PATIENCE_MS)),
    master.quorum === wanted.quorum ? null : `its quorum is ${master.quorum}, not ${wanted.quorum}`,
    master.configEpoch === epoch ? null : `its config-epoch is ${master.configEpoch}, not ${epoch}`,
  ];
  return problems.find((it) => it !== null) ?? null;
}

function viewProblem(
  who: string,
  { flags, runId }: SentinelView,
  role: string,
  mayBeNew: boolean,
): string | null {
  if (flags.length !== 1 || flags[0] !== role) return `${who} is ${flags.join(', ')} for it`;
  return runId === '' && !mayBeNew ? `${who} has not told it who it is` : null;
}

function listProblem(
  what: string,
  seen: readonly SentinelView[],
  wanted: readonly string[],
): string | null {
  const missing = wanted.filter((it) => !seen.some(({ host }) => host === it));
  const strange = seen.filter(({ host }) => !wanted.includes(host)).map(({ host }) => host);
  if (missing.length > 0) return `it does not know the ${what} ${missing.join(', ')}`;
  return strange.length > 0 ? `it remembers the ${what} ${strange.join(', ')}` : null;
}

const openPing = ({ host, lastPingSentMs }: SentinelView, patienceMs: number): string | null =>
  lastPingSentMs <= patienceMs ? null : `the sentinel ${host} has not answered its PING yet`;

/** The highest config-epoch that any of them has. */
export const highestEpoch = (all: readonly (SentinelFacts | null)[]): number =>
  Math.max(0, ...all.map((it) => it?.master?.configEpoch ?? 0));
