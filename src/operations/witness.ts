/** What is seen of a program from outside: its traffic at the door, its writes in the masters' stream. */
import { keyText, oneLine } from '../format.js';
import { openTopology } from '../live/live-topology.js';
import { tapTopology } from '../live/tap.js';
import type { Loss, LostWrite } from '../program/report.js';
import { askReplication } from '../redis/ask.js';
import { Deadline } from '../redis/wait.js';
import { lostWrites, type StreamHistory } from '../stream/history.js';
import type { TapEvent } from '../stream/tap.js';
import { doorTo, type OpenDoor } from './door.js';
import type { Engine } from './operation.js';
import { type Change, Succession } from './succession.js';

export interface Witness {
  readonly door: OpenDoor;
  /** What the masters that followed each other do not have of what was written. */
  loss(): Promise<Pick<Seen, 'lost' | 'lostUnknown'>>;
  close(): Promise<void>;
}

interface Seen {
  readonly lost: Loss | null;
  readonly lostUnknown: string | null;
}

interface WitnessOptions {
  readonly clock: () => number;
  /** Another node leads, or none (null), from this moment on. */
  readonly onMaster: (node: string | null) => void;
}

const MOST_WRITES = 1000;
const READY_MS = 10_000;

/** Opens when a master answers. */
export async function openWitness(
  engine: Engine,
  topology: string,
  { clock, onMaster }: WitnessOptions,
): Promise<Witness> {
  const ends = new AbortController();
  const live = await openTopology(
    await engine.connectRuntime(ends.signal),
    engine.loadRedis,
    topology,
  );
  const succession = new Succession(clock, async (node) => {
    const redis = live.connect(node);
    try {
      return await askReplication(redis);
    } finally {
      redis.close();
    }
  });
  const door = await doorTo(engine, live, {
    clock,
    deadline: new Deadline(READY_MS),
    onMaster: (node) => {
      succession.next(node);
      onMaster(node);
    },
    writesOf: (node) => succession.balanceOf(node),
    atEnd: () => {
      live.close();
      ends.abort();
    },
  });
  const isReadable = live.access?.authority == null;
  const streams = new Streams(succession);
  const tap = await tapTopology(live, {
    onEvent: (event) => streams.hear(event),
    // Under TLS there is nothing to hold them against.
    ...(isReadable && { onWrites: (writes) => succession.streamed(writes) }),
  }).catch(async (error) => {
    await door.close();
    throw error;
  });
  // What was written before it is attached, it never tells.
  succession.hasGap ||= tap.histories.length === 0;
  return {
    door,
    loss: async () => {
      await succession.settled();
      return lossIn(tap.histories, succession, { streams, isReadable });
    },
    close: async () => {
      await tap.close();
      await door.close();
    },
  };
}

/** Which streams have ended, and why. */
class Streams {
  readonly reasons: string[] = [];
  readonly #succession: Succession;
  readonly #open = new Set<string>();

  constructor(succession: Succession) {
    this.#succession = succession;
  }

  hear(event: TapEvent): void {
    if (event.type === 'ended') {
      this.reasons.push(`${event.node}: ${event.reason}`);
      if (event.id !== null) this.#open.delete(event.id);
    } else {
      this.#open.add(event.id);
      this.#succession.hasGap ||= event.skippedBytes > 0;
    }
  }

  hasEnded(id: string): boolean {
    return !this.#open.has(id);
  }
}

interface Evidence {
  readonly streams: Streams;
  /** Whether the door could read what went through it. */
  readonly isReadable: boolean;
}

function lossIn(
  histories: readonly StreamHistory[],
  succession: Succession,
  evidence: Evidence,
): Seen {
  const { changes, broken } = succession;
  const unknown = (why: string) => ({ lost: null, lostUnknown: why });
  if (broken !== null) return unknown(broken);
  if (histories.length === 0) {
    const reason = evidence.streams.reasons[0] ?? 'no reason was given';
    return unknown(`the masters' stream was not seen (${reason})`);
  }
  if (histories.every(isEmpty)) return unknown('nothing was written');
  const unseen = changes.find(({ cut }) => !histories.some(({ id }) => id === cut.id));
  if (unseen) return unknown(`the stream before ${unseen.cut.master} led was not seen`);
  const found = changes.map((change) => lossAt(change, histories, succession, evidence));
  const writes = found.flatMap((it) => it.writes);
  const unsure = found.map((it) => it.unsure).find((it) => it !== null) ?? null;
  const lost = {
    count: writes.length,
    atLeast: unsure !== null,
    because: unsure,
    writes: writes.slice(0, MOST_WRITES),
    cuts: changes.map(({ cut }) => cut),
  };
  return { lost, lostUnknown: null };
}

/** Of one change of master: what its stream told, and what the dead one answered and its stream did not tell. */
function lossAt(
  { cut, from }: Change,
  histories: readonly StreamHistory[],
  { hasGap }: Succession,
  { streams, isReadable }: Evidence,
): { readonly writes: readonly LostWrite[]; readonly unsure: string | null } {
  const told = lostWrites(histories, cut);
  const writes = told.writes.map(
    ({ command, keys, db, offset, node }): LostWrite => ({
      ...{ command, db, offset, master: node },
      keys: keys.map((key) => oneLine(keyText(key))),
    }),
  );
  const unsure = told.missingBytes > 0 ? 'a part of the stream beyond the cut was not seen' : null;
  if (unsure !== null || !from.died) return { writes, unsure };
  const blind = !isReadable
    ? 'under TLS the door can not read what was answered'
    : hasGap
      ? 'a part of the stream was not seen'
      : streams.hasEnded(cut.id)
        ? null
        : `the stream of ${from.node} has not ended`;
  if (blind !== null) return { writes, unsure: blind };
  const untold = from.balance.untold();
  const silent = untold.writes.map(
    ({ command, key }): LostWrite => ({
      ...{ command, db: null, offset: null, master: from.node },
      keys: key === null ? [] : [oneLine(key)],
    }),
  );
  return { writes: [...writes, ...silent], unsure: untold.unsure };
}

const isEmpty = (history: StreamHistory): boolean =>
  history.writesAfter(history.begin).next().done === true;
