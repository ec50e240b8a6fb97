/** Every write of a topology as its masters replicate it, and what they fill the backlog with. */
import { listTopology } from '../docker/topologies.js';
import { FailedError } from '../errors.js';
import type { LiveTopology } from '../live/live-topology.js';
import { tapTopology } from '../live/tap.js';
import { askNode } from '../redis/ask.js';
import { sleep } from '../sleep.js';
import type { TapWrite } from '../stream/history.js';
import type { Tap, TapEvent, TapOptions } from '../stream/tap.js';
import { Traffic, type TrafficReport } from '../stream/traffic.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { type Run, startRun } from './run.js';
import { withTopology } from './topology.js';

export interface TapInput extends Target {
  /** As they come, in the order of the stream. */
  readonly onWrites: (writes: readonly TapWrite[]) => void;
  readonly onTap?: ((event: TapEvent) => void) | undefined;
}

/** Node waits no longer at a time. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Tells every write with its offset until the signal aborts; through failovers, too. Rejects with
 * `FailedError` where no master gives its stream, or when the topology is removed. What the signal
 * aborts with is thrown.
 */
export function tap(
  engine: Engine,
  { topology, onWrites, onTap }: TapInput,
  options: OperationOptions = {},
): Promise<never> {
  const run = startRun(options, Number.POSITIVE_INFINITY);
  return withTopology(engine, topology, run, async (live) => {
    const options = { onWrites, onEvent: onTap, keepBytes: 0 };
    return whileTapped(live, options, run, async (_, signal) => {
      for (;;) await sleep(LONGEST_TIMER_MS, signal);
    });
  });
}

export interface TopInput extends Target {
  /** How long the stream is looked at, in milliseconds; 5000 unless it is said. */
  readonly forMs?: number | undefined;
  /** Told of each such time, one after the other, until the signal aborts; without it there is one. */
  readonly onTop?: ((seen: Top) => void) | undefined;
}

export interface Top extends TrafficReport {
  readonly topology: string;
  readonly node: string;
  readonly backlog: {
    readonly sizeBytes: number;
    /** For how long a replica may be away at this rate, and still get a partial resync; null if nothing is written. */
    readonly lastsSeconds: number | null;
  };
}

const FOR_MS = 5000;

/**
 * Which commands and key prefixes fill the backlog; through failovers, too. Rejects with `FailedError`
 * where no master gives its stream. What the signal aborts with is thrown.
 */
export function top(
  engine: Engine,
  { topology, forMs = FOR_MS, onTop }: TopInput,
  options: OperationOptions = {},
): Promise<Top> {
  const run = startRun(options, Number.POSITIVE_INFINITY);
  return withTopology(engine, topology, run, async (live) => {
    let traffic = new Traffic();
    const onWrites = (writes: readonly TapWrite[]) => traffic.add(writes);
    return whileTapped(live, { onWrites, keepBytes: 0 }, run, async (tapped, signal) => {
      const nodeNow = () => tapped.histories.at(-1)?.node ?? '';
      let sizeBytes = await backlogOf(live, nodeNow());
      for (;;) {
        traffic = new Traffic();
        const before = bytesOf(tapped);
        const startedAt = performance.now();
        await sleep(forMs, signal);
        const seconds = (performance.now() - startedAt) / 1000;
        const report = traffic.report(seconds, bytesOf(tapped) - before);
        const node = nodeNow();
        // Of one that has died meanwhile it is what it was.
        sizeBytes = await backlogOf(live, node).catch(() => sizeBytes);
        const { bytesPerSecond } = report;
        const lastsSeconds = bytesPerSecond > 0 ? sizeBytes / bytesPerSecond : null;
        const seen = { topology, node, ...report, backlog: { sizeBytes, lastsSeconds } };
        if (onTop === undefined) return seen;
        onTop(seen);
      }
    });
  });
}

const bytesOf = ({ histories }: Tap): number =>
  histories.reduce((sum, { bytes }) => sum + bytes, 0);

async function backlogOf(live: LiveTopology, node: string): Promise<number> {
  const server = live.nodes.find(({ name }) => name === node)?.redis;
  return server === undefined ? 0 : (await askNode(server)).replication.backlog.size;
}

async function whileTapped<T>(
  live: LiveTopology,
  options: Omit<TapOptions, 'places'>,
  { signal }: Run,
  work: (tap: Tap, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let reason = 'no master answers';
  const onEvent = (event: TapEvent) => {
    if (event.type === 'ended') reason = `${event.node}: ${event.reason}`;
    options.onEvent?.(event);
  };
  const tapped = await tapTopology(live, { ...options, onEvent });
  const gone = new AbortController();
  const stop = whenGone(live, (error) => gone.abort(error));
  try {
    if (tapped.histories.length === 0) {
      throw new FailedError(`${live.name} can't be tapped: ${reason}`);
    }
    return await work(tapped, AbortSignal.any([signal, gone.signal]));
  } finally {
    stop();
    await tapped.close();
  }
}

const LOOK_MS = 2000;

/** Tells when the topology is there no more, at two looks in a row: a node may be made again between. */
function whenGone(
  { runtime, name }: Pick<LiveTopology, 'runtime' | 'name'>,
  tell: (error: FailedError) => void,
): () => void {
  let absences = 0;
  const timer = setInterval(async () => {
    // An engine that doesn't answer now is asked again.
    const now = await listTopology(runtime, name).catch(() => null);
    if (now === null) return;
    absences = now.nodes.some(({ container }) => container !== null) ? 0 : absences + 1;
    if (absences === 2) tell(new FailedError(`topology ${name} is gone`));
  }, LOOK_MS);
  return () => clearInterval(timer);
}
