/** What is seen of a program from outside: its traffic at the door, its writes in the masters' stream. */
import { keyText, oneLine } from '../format.js';
import { openTopology } from '../live/live-topology.js';
import { tapTopology } from '../live/tap.js';
import type { Cut, Loss, LostWrite } from '../program/report.js';
import { parseInfo } from '../redis/info.js';
import { parseReplication } from '../redis/replication-info.js';
import { lostWrites, type StreamHistory } from '../stream/history.js';
import { door, type OpenDoor } from './door.js';
import type { Engine } from './operation.js';

export interface Witness {
  readonly door: OpenDoor;
  /** What the masters that followed each other do not have of what was written. */
  loss(): Promise<{ readonly lost: Loss | null; readonly lostUnknown: string | null }>;
  close(): Promise<void>;
}

interface WitnessOptions {
  readonly clock: () => number;
  /** Another node leads, or none (null), from this moment on. */
  readonly onMaster: (node: string | null) => void;
}

const MOST_WRITES = 1000;

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
      return parseReplication(parseInfo(String(await redis.call('INFO', 'replication'))));
    } finally {
      redis.close();
    }
  });
  const opened = await door(
    engine,
    { topology },
    {
      onEvent: (event) => {
        if (event.type !== 'door') return;
        succession.next(event.leadsTo);
        onMaster(event.leadsTo);
      },
    },
    clock,
  );
  const reasons: string[] = [];
  const tap = await tapTopology(live, {
    onEvent: (event) => {
      if (event.type === 'ended') reasons.push(`${event.node}: ${event.reason}`);
    },
  }).catch(async (error) => {
    await opened.close();
    throw error;
  });
  return {
    door: opened,
    loss: async () => {
      await succession.settled();
      return lossIn(tap.histories, succession, reasons);
    },
    close: async () => {
      await Promise.all([tap.close(), opened.close()]);
      live.close();
      ends.abort();
    },
  };
}

type Ask = (node: string) => Promise<ReturnType<typeof parseReplication>>;

/** Which master followed which, and from where on. */
class Succession {
  readonly cuts: Cut[] = [];
  /** Why it is not known what one of them lacks; null while it is. */
  broken: string | null = null;
  /** A master ended before another led: it had told nobody of its last writes. */
  hadDeath = false;
  readonly #clock: () => number;
  readonly #ask: Ask;
  #id: string | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(clock: () => number, ask: Ask) {
    this.#clock = clock;
    this.#ask = ask;
  }

  next(node: string | null): void {
    if (node === null) {
      this.hadDeath ||= this.#id !== null;
      return;
    }
    const atMs = this.#clock();
    this.#work = this.#work.then(() => this.#follow(node, atMs));
  }

  settled(): Promise<void> {
    return this.#work;
  }

  async #follow(master: string, atMs: number): Promise<void> {
    const before = this.#id;
    try {
      const { id, secondId, secondOffset } = await this.#ask(master);
      this.#id = id;
      if (before === null || before === id) return;
      if (secondId === before && secondOffset !== null) {
        this.cuts.push({ id: before, offset: secondOffset - 1, master, atMs: Math.round(atMs) });
      } else this.broken ??= `${master} leads with another history than the one before it`;
    } catch (error) {
      this.broken ??= `${master} did not say what it has: ${(error as Error).message}`;
    }
  }
}

function lossIn(
  histories: readonly StreamHistory[],
  { cuts, broken, hadDeath }: Succession,
  reasons: readonly string[],
): { lost: Loss | null; lostUnknown: string | null } {
  const unknown = (why: string) => ({ lost: null, lostUnknown: why });
  if (broken !== null) return unknown(broken);
  if (histories.length === 0)
    return unknown(`the masters' stream was not seen (${reasons[0] ?? 'no reason was given'})`);
  if (histories.every(isEmpty)) return unknown('nothing was written');
  const unseen = cuts.find((cut) => !histories.some(({ id }) => id === cut.id));
  if (unseen !== undefined) return unknown(`the stream before ${unseen.master} led was not seen`);
  const found = cuts.map((cut) => lostWrites(histories, cut));
  const writes = found.flatMap((it) => it.writes);
  const lost = {
    count: writes.length,
    atLeast: cuts.length > 0 && (hadDeath || found.some(({ missingBytes }) => missingBytes > 0)),
    writes: writes.slice(0, MOST_WRITES).map(
      ({ command, keys, db, offset, node }): LostWrite => ({
        command,
        keys: keys.map((key) => oneLine(keyText(key))),
        db,
        offset,
        master: node,
      }),
    ),
    cuts,
  };
  return { lost, lostUnknown: null };
}

const isEmpty = (history: StreamHistory): boolean =>
  history.writesAfter(history.begin).next().done === true;
