/** Receives one server's stream for as long as it comes. Runs in a worker: see `reader.ts`. */
import { parseInfo } from '../redis/info.js';
import { parseReplication, type ReplicationInfo } from '../redis/replication-info.js';
import { attach, databaseAfter, NoStreamError, oldestSafe, type SeenDatabase } from './attach.js';
import { type StreamPlace, Wire } from './wire.js';

/** How far a stream was received before. */
export interface Known {
  readonly id: string;
  readonly next: number;
}

/** What is known before a server is drained. */
export interface Past {
  readonly streams: readonly Known[];
  readonly databases: readonly SeenDatabase[];
}

export type DrainEvent =
  | {
      readonly type: 'attached';
      /** The id under which the server goes on, and the offset of the first byte that follows. */
      readonly id: string;
      readonly next: number;
      /** The database there; null if it is not known. */
      readonly db: number | null;
      /** Bytes since what was received before that can't be had any more. */
      readonly skippedBytes: number;
    }
  | { readonly type: 'piece'; readonly bytes: Uint8Array }
  | { readonly type: 'ended'; readonly reason: string };

export interface Drain {
  /** So many bytes were taken off: more may follow. */
  taken(bytes: number): void;
  close(): void;
}

/** What nobody has taken off; beyond it the connection is closed, and opened again later. */
const MAX_WAITING = 128 * 1024 * 1024;

/** Before the first byte, to learn the database. */
const LOOK_BACK = 1024 * 1024;

export function drain(
  place: StreamPlace,
  { streams, databases }: Past,
  tell: (event: DrainEvent) => void,
): Drain {
  const wire = new Wire(place);
  let waiting = 0;
  const run = async () => {
    await wire.logIn();
    const info = parseInfo(await wire.askText('INFO'));
    if (info.has(SHUTDOWN)) throw new NoStreamError(LEAVES);
    const replication = parseReplication(info);
    const { next, skippedBytes } = placeToBegin(replication, streams);
    const from = Math.max(oldestSafe(replication), next - LOOK_BACK);
    await attach(wire, { id: replication.id, next: Math.min(from, next) }, replication);
    const before = from < next ? await wire.read(next - from) : Buffer.alloc(0);
    const { id } = replication;
    const db = databaseAfter(before, { id, next }, databases);
    tell({ type: 'attached', id, next, db, skippedBytes });
    const guard = new ShutdownGuard(place, wire);
    for (;;) {
      const bytes = await wire.readSome();
      waiting += bytes.length;
      guard.look(bytes);
      tell({ type: 'piece', bytes: new Uint8Array(bytes) });
      if (waiting > MAX_WAITING) throw new Error('what it sent was not read in time');
    }
  };
  run().catch((error: Error) => {
    wire.close();
    tell({ type: 'ended', reason: error.message });
  });
  return {
    taken: (bytes) => {
      waiting -= bytes;
    },
    close: () => wire.close(),
  };
}

/**
 * Where what was received before ends; what the server has in common with it under its former id
 * is not asked for again. Without anything in common, or if it is gone: from now on.
 */
export function placeToBegin(replication: ReplicationInfo, known: readonly Known[]) {
  const { id, secondId, secondOffset, offset } = replication;
  const nextOf = (wanted: string | null) =>
    Math.max(...known.flatMap((it) => (it.id === wanted ? [it.next] : [])), 0);
  const common = Math.min(nextOf(secondId), secondOffset ?? 0);
  const next = nextOf(id) || common;
  if (next >= oldestSafe(replication) && next <= offset + 1) return { next, skippedBytes: 0 };
  return { next: offset + 1, skippedBytes: next > 0 ? Math.max(0, offset + 1 - next) : 0 };
}

/** A field of INFO while a server waits for its replicas. */
const SHUTDOWN = 'shutdown_in_milliseconds';
const LEAVES = 'it shuts down';
const GETACK = 'GETACK';
const ASK_AGAIN_MS = 250;

/**
 * From 7.0 on a server that is asked to stop waits until its replicas have acknowledged all, for 10 s.
 * The tap acknowledges nothing, so it leaves then. A server asks for acknowledgements before it
 * waits; WAIT makes it ask too, so INFO says which it is.
 */
class ShutdownGuard {
  readonly #place: StreamPlace;
  readonly #wire: Wire;
  #tail = Buffer.alloc(0);
  #asking = false;

  constructor(place: StreamPlace, wire: Wire) {
    this.#place = place;
    this.#wire = wire;
  }

  look(piece: Buffer): void {
    const edge = Buffer.concat([this.#tail, piece.subarray(0, GETACK.length)]);
    if (!this.#asking && (piece.includes(GETACK) || edge.includes(GETACK))) this.#ask();
    const last = piece.length < GETACK.length ? edge : piece;
    this.#tail = Buffer.from(last.subarray(-GETACK.length + 1));
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const wire = new Wire(this.#place);
    const timer = setTimeout(() => {
      wire.close();
      this.#asking = false;
    }, ASK_AGAIN_MS);
    timer.unref();
    try {
      await wire.logIn();
      const info = parseInfo(await wire.askText('INFO', 'server'));
      if (info.has(SHUTDOWN)) this.#wire.end(LEAVES);
    } catch {
      // It can't be asked: the stream ends by itself.
    } finally {
      wire.close();
    }
  }
}
