/**
 * Every write of a topology with its offset, as a pretend replica of its masters receives it. It
 * follows the role: whoever is a master is tapped, also two at a time; a former one is for as long
 * as it gives its stream. Nothing changes on the servers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { askDatabase, askReplication, type SeenDatabase } from './attach.js';
import { StreamDecoder } from './decoder.js';
import type { Drain, DrainEvent, Known, Past } from './drain.js';
import { StreamHistory, type TapWrite } from './history.js';
import { openReader } from './reader.js';
import { type StreamPlace, Wire } from './wire.js';

export type TapEvent =
  | {
      readonly type: 'attached';
      readonly node: string;
      readonly id: string;
      /** The stream is told from the byte after this one on. */
      readonly offset: number;
      /** The database there; null if nothing tells it: then it is known from the next SELECT on. */
      readonly db: number | null;
      /** Bytes between what was received before and this: their writes were not seen. */
      readonly skippedBytes: number;
    }
  /** A node's stream ended, or can't be had: why, in words. It is tried again. */
  | {
      readonly type: 'ended';
      readonly node: string;
      /** Of the stream that ended; null if there was none. */
      readonly id: string | null;
      readonly reason: string;
    };

export interface TapOptions {
  /** The servers of the topology, as they are now: asked again when a stream ends. */
  readonly places: () => Promise<readonly StreamPlace[]>;
  /** As they come, in the order of the stream. Without it nothing is decoded until it is asked for. */
  readonly onWrites?: ((writes: readonly TapWrite[]) => void) | undefined;
  readonly onEvent?: ((event: TapEvent) => void) | undefined;
  /** Bytes of each stream that are kept for `histories`; 64 MB unless it is said. */
  readonly keepBytes?: number | undefined;
}

const KEEP_BYTES = 64 * 1024 * 1024;
const LOOK_MS = 500;

/**
 * Taps the topology. Resolves when the first master is tapped, or has said that it can't be: then it
 * is tried again and again, as with those that come later.
 */
export async function openTap(options: TapOptions): Promise<Tap> {
  const tap = new Tap(options);
  await tap.begin();
  return tap;
}

export class Tap {
  readonly #options: TapOptions;
  readonly #stopped = new AbortController();
  readonly #histories: StreamHistory[] = [];
  readonly #readers = new Map<string, Drain>();
  readonly #wires = new Map<string, Wire>();
  /** Why those that are not tapped are not, as it was told. */
  readonly #reasons = new Map<string, string>();
  #places: readonly StreamPlace[] = [];
  #wake = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** What was received, one entry for each time a master was tapped, oldest first. */
  get histories(): readonly StreamHistory[] {
    return this.#histories;
  }

  async begin(): Promise<void> {
    await this.#look();
    this.#looking = this.#keepLooking();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#wake.abort();
    // A look may wait for a server that never answers.
    for (const reader of [...this.#readers.values()]) reader.close();
    await this.#looking;
    for (const reader of this.#readers.values()) reader.close();
    for (const wire of this.#wires.values()) wire.close();
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: this.#wake.signal, ref: false }).catch(() => {});
      this.#wake = new AbortController();
      if (!signal.aborted) await this.#look();
    }
  }

  /** Taps the masters that are there. */
  async #look(): Promise<void> {
    const untapped = this.#places.filter(({ name }) => !this.#readers.has(name));
    if (this.#readers.size === 0 || untapped.length === 0) {
      const now = await this.#options.places().catch(() => []);
      // One that is down now may come back, at the same port, and lead.
      const gone = this.#places.filter(({ name }) => now.every((it) => it.name !== name));
      this.#places = [...now, ...gone];
    }
    await Promise.all(this.#places.map((place) => this.#lookAt(place)));
  }

  async #lookAt(place: StreamPlace): Promise<void> {
    const replication = await this.#ask(place);
    if (replication === null) return;
    const isTapped = this.#readers.has(place.name);
    // What it receives from its upstream is told by that.
    if (replication.role === 'replica' && isTapped) this.#readers.get(place.name)?.close();
    if (replication.role === 'master' && !isTapped && !this.#stopped.signal.aborted) {
      await this.#attach(place);
    }
  }

  async #ask(place: StreamPlace) {
    const wire = this.#wires.get(place.name) ?? new Wire(place);
    const overdue = setTimeout(() => wire.close(), LOOK_MS);
    try {
      if (!this.#wires.has(place.name)) await wire.logIn();
      this.#wires.set(place.name, wire);
      return await askReplication(wire);
    } catch {
      wire.close();
      this.#wires.delete(place.name);
      return null;
    } finally {
      clearTimeout(overdue);
    }
  }

  /** Where the streams of all others are. What was received before tells it too. */
  async #databases({ name }: StreamPlace): Promise<SeenDatabase[]> {
    if (this.#histories.length > 0) return [];
    const others = this.#places.filter((it) => it.name !== name);
    const seen = await Promise.all(others.map(databaseOf));
    return seen.filter((it) => it !== null);
  }

  /** Resolves when it is tapped, or can't be. */
  async #attach(place: StreamPlace): Promise<void> {
    const streams = this.#histories.map(({ id, end }): Known => ({ id, next: end + 1 }));
    const past = { streams, databases: await this.#databases(place) };
    if (!this.#stopped.signal.aborted) await this.#drain(place, past);
  }

  #drain(place: StreamPlace, past: Past): Promise<void> {
    return new Promise((resolve) => {
      let history: StreamHistory | undefined;
      let decoder: StreamDecoder | undefined;
      const tell = (event: DrainEvent) => {
        if (event.type === 'piece') {
          const bytes = Buffer.from(event.bytes.buffer, event.bytes.byteOffset, event.bytes.length);
          reader.taken(bytes.length);
          history?.add(bytes);
          if (history && decoder) this.#tell(history, decoder.push(bytes));
          return;
        }
        if (event.type === 'attached') {
          history = this.#open(place.name, event);
          if (this.#options.onWrites) decoder = new StreamDecoder(event.next, history.db);
        } else {
          this.#end(place.name, event.reason, history?.id ?? null);
        }
        resolve();
      };
      const reader = openReader(place, past, tell);
      this.#readers.set(place.name, reader);
    });
  }

  #end(node: string, reason: string, id: string | null): void {
    this.#readers.delete(node);
    if (this.#reasons.get(node) !== reason)
      this.#options.onEvent?.({ type: 'ended', node, id, reason });
    this.#reasons.set(node, reason);
    if (id !== null) this.#wake.abort();
  }

  #tell({ node, id }: StreamHistory, commands: readonly Omit<TapWrite, 'node' | 'id'>[]): void {
    if (commands.length === 0) return;
    this.#options.onWrites?.(commands.map((command) => ({ node, id, ...command })));
  }

  #open(node: string, event: Extract<DrainEvent, { type: 'attached' }>): StreamHistory {
    const { id, next, skippedBytes } = event;
    const before = this.#histories.findLast(({ end }) => end === next - 1 && skippedBytes === 0);
    const db = event.db ?? before?.db ?? null;
    const at = { node, id, next, db };
    const history = new StreamHistory(at, this.#options.keepBytes ?? KEEP_BYTES);
    this.#histories.push(history);
    this.#reasons.delete(node);
    this.#options.onEvent?.({ type: 'attached', node, id, offset: next - 1, db, skippedBytes });
    return history;
  }
}

/** Null if it can't be told, or not at once. */
async function databaseOf(place: StreamPlace): Promise<SeenDatabase | null> {
  const wire = new Wire(place);
  const overdue = setTimeout(() => wire.close(), LOOK_MS);
  try {
    await wire.logIn();
    return await askDatabase(wire);
  } catch {
    return null;
  } finally {
    clearTimeout(overdue);
    wire.close();
  }
}
