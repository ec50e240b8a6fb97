/**
 * How replicas come back to their upstream: claims by the PSYNC rules, from ids, offsets, the
 * backlog and what lies on disks, looked up in the logs of both sides and the upstream's counters.
 */
import { DeadlineError, UsageError } from '../../errors.js';
import { bytes, plural, shortIds } from '../../format.js';
import { describeResync, type Resync, resyncMs } from '../../live/resyncs.js';
import { masterAfter, replicaAfter, type Stop } from '../../psync/memory.js';
import { nextRequest, type Prediction, predictResync } from '../../psync/predict.js';
import { askNode } from '../../redis/ask.js';
import type { ServerFacts, SyncCounters } from '../../redis/info.js';
import { waitUntil } from '../../redis/wait.js';
import { valueText } from '../../topology/schema.js';
import type { Claim, Said } from '../claim.js';
import type { Stage } from '../stage.js';
import { readDisk } from './disk.js';
import { logSince, markLog, untilInStep } from './in-step.js';

type Kind = 'partial' | 'full';
/** What the drill says; a function where versions differ. */
export type ClaimedKind = Kind | ((server: ServerFacts) => Kind);

function known(claimed: ClaimedKind): ClaimedKind {
  if (typeof claimed === 'function' || claimed === 'partial' || claimed === 'full') return claimed;
  throw new UsageError(`a resync is partial or full, not ${valueText(claimed)}`);
}

/** How one replica comes back: what `reconnects`, `restarts` and `upstreamRestarts` make. */
export interface Return {
  readonly node: string;
  readonly claimed: ClaimedKind;
  /** @internal */
  readonly foresee: (stage: Stage, upstream: string) => Promise<Prediction>;
}

/** The link is broken, or was never there, and will be made: both servers know their places. */
export const reconnects = (node: string, claimed: ClaimedKind): Return => ({
  node,
  claimed: known(claimed),
  foresee: async (stage, upstream) => {
    const [above, below] = await askBoth(stage, upstream, node);
    return predictResync(nextRequest(below.replication), above.replication);
  },
});

/** The replica will be stopped and started again: what it remembers lies on its disk. */
export const restarts = (node: string, how: Stop, claimed: ClaimedKind): Return => ({
  node,
  claimed: known(claimed),
  foresee: async (stage, upstream) => {
    const [above, below] = await askBoth(stage, upstream, node);
    const disk = await readDisk(stage, stage.node(node));
    return predictResync(replicaAfter(disk, how, below.replication), above.replication);
  },
});

/**
 * The upstream will be stopped and started again, and the replica comes back to it. It is in
 * step when the upstream stops: from 7.0 on a graceful stop waits for it itself
 * (`prepareForShutdown`, src/server.c).
 */
export const upstreamRestarts = (node: string, how: Stop, claimed: ClaimedKind): Return => ({
  node,
  claimed,
  foresee: async (stage, upstream) => {
    await untilInStep(stage, upstream, node);
    const above = stage.node(upstream);
    const disk = await readDisk(stage, above);
    const { replication } = await askNode(above.redis);
    const source = masterAfter(stage.server, disk, how, replication);
    return predictResync(nextRequest(replication), source);
  },
});

interface Foreseen extends Said {
  readonly prediction: Prediction;
  readonly upstreamMark: string | undefined;
  readonly replicaMark: string | undefined;
}

/** What came, with what it cost. */
export interface Cost extends Resync {
  /** Null if the log doesn't tell when it began. */
  readonly ms: number | null;
}

export interface ResyncClaim extends Claim<Foreseen> {
  /** Of the last look; null before. */
  cost(): Cost | null;
}

export interface Resyncs extends ReadonlyArray<Claim> {
  /** @internal */
  readonly links: readonly ResyncClaim[];
}

/** One claim for each, and one for the upstream's counters. Nothing else may reconnect meanwhile. */
export function resyncs(upstream: string, ...returns: readonly Return[]): Resyncs {
  const links = returns.map((it) => linkClaim(upstream, it));
  return Object.assign([...links, countersClaim(upstream, links)], { links });
}

function linkClaim(upstream: string, { node, claimed, foresee }: Return): ResyncClaim {
  let cost: Cost | null = null;
  return {
    node,
    about: `how ${node} resynchronises with ${upstream}`,
    claimed,
    foresee: async (stage) => {
      const [upstreamMark, replicaMark] = await Promise.all([
        markLog(stage, upstream),
        markLog(stage, node),
      ]);
      const prediction = await foresee(stage, upstream);
      const because = prediction.text.slice(prediction.kind.length + 2);
      return { is: prediction.kind, because, prediction, upstreamMark, replicaMark };
    },
    look: async (stage, foreseen) => {
      await untilInStep(stage, upstream, node);
      cost = await loggedResync(stage, upstream, node, foreseen);
      return { is: cost.kind ?? 'no resync', because: costText(cost) };
    },
    cost: () => cost,
  };
}

interface Counted extends Said {
  readonly runId: string;
  readonly syncs: SyncCounters;
}

function countersClaim(upstream: string, links: readonly ResyncClaim[]): Claim<Counted> {
  return {
    id: 'counters',
    node: upstream,
    about: `what ${upstream} counts`,
    foresee: async (stage) => {
      const { server, syncs } = await askNode(stage.node(upstream).redis);
      const predicted = links.map((link) => stage.foreseenOf(link).prediction.counters);
      const sum = (name: keyof SyncCounters) =>
        predicted.reduce((total, counters) => total + counters[name], 0);
      return { is: countersText(sum), runId: server.runId, syncs };
    },
    look: async (stage, { runId, syncs: before }) => {
      const { server, syncs } = await askNode(stage.node(upstream).redis);
      // Counters begin at 0 with the server.
      const since = server.runId === runId ? before : { full: 0, partialOk: 0, partialErr: 0 };
      return { is: countersText((name) => syncs[name] - since[name]) };
    },
  };
}

const countersText = (of: (name: keyof SyncCounters) => number): string =>
  `sync_full +${of('full')}, sync_partial_ok +${of('partialOk')}, sync_partial_err +${of('partialErr')}`;

/** What a server writes reaches the engine's log a moment later. */
const LOGGED_MS = 5000;

/** What the logs tell as soon as it is what was predicted, or else at the end of that time. */
async function loggedResync(
  stage: Stage,
  upstream: string,
  node: string,
  foreseen: Foreseen,
): Promise<Cost> {
  const read = () => readResync(stage, upstream, node, foreseen);
  let seen = await read();
  const look = async () => {
    if (seen.kind !== foreseen.is) seen = await read();
    return seen.kind === foreseen.is ? seen : undefined;
  };
  const describe = () => `the log of ${node} to tell of a resync`;
  const wait = { ...stage.within(LOGGED_MS), everyMs: 20, describe };
  return waitUntil(look, wait).catch((error) => {
    if (error instanceof DeadlineError) return seen;
    throw error;
  });
}

async function readResync(
  stage: Stage,
  upstream: string,
  node: string,
  { upstreamMark, replicaMark }: Foreseen,
): Promise<Cost> {
  const [now, replica, above] = await Promise.all([
    stage.live.lookAgain(),
    logSince(stage, node, replicaMark),
    logSince(stage, upstream, upstreamMark),
  ]);
  const address = now.nodes.find(({ name }) => name === node)?.address ?? null;
  return {
    ...describeResync(node, { replica, upstream: above, address }),
    ms: resyncMs(replica),
  };
}

function costText({ kind, bytes: size, reason }: Resync): string | undefined {
  // In the words and the unit of the prediction.
  const words = (sent: number) =>
    kind === 'full' ? `${bytes(sent)} of RDB` : `${plural(sent, 'byte')} from the backlog`;
  const cost = size === null || kind === null ? [] : [words(size)];
  return [...cost, ...(reason === null ? [] : [shortIds(reason)])].join('; ') || undefined;
}

export const stuffOf = (kind: Kind): string => (kind === 'full' ? 'RDB' : 'backlog');

/** The replica first: under load the upstream is further when it is asked after, never behind. */
async function askBoth(stage: Stage, upstream: string, node: string) {
  const below = await askNode(stage.node(node).redis);
  return [await askNode(stage.node(upstream).redis), below] as const;
}
