/**
 * What a tap has received, as bytes: they are decoded when somebody asks. Bounded: the oldest go
 * first.
 */
import { type StreamCommand, StreamDecoder } from './decoder.js';

/** A write that a master had, as its stream told. */
export interface TapWrite extends StreamCommand {
  /** Which master had it. */
  readonly node: string;
  /** The replication id under which it had it: offsets compare only under the same one. */
  readonly id: string;
}

export interface Place {
  readonly id: string;
  readonly offset: number;
}

/** One master's stream, from the moment at which it was tapped. */
export class StreamHistory {
  readonly node: string;
  readonly id: string;
  readonly #most: number;
  /** Has seen what is not kept any more. */
  readonly #before: StreamDecoder;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #end: number;
  #received = 0;

  /**
   * @param next the offset of the first byte; a command begins there
   * @param most bytes that are kept
   */
  constructor(at: { node: string; id: string; next: number; db: number | null }, most: number) {
    this.node = at.node;
    this.id = at.id;
    this.#before = new StreamDecoder(at.next, at.db);
    this.#end = at.next - 1;
    this.#most = most;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#end += piece.length;
    this.#received += piece.length;
    while (this.#bytes > this.#most && this.#pieces.length > 1) {
      const [oldest = Buffer.alloc(0)] = this.#pieces.splice(0, 1);
      this.#bytes -= oldest.length;
      this.#before.push(oldest);
    }
  }

  /** How many bytes came, kept or not. */
  get bytes(): number {
    return this.#received;
  }

  /** The offset of the last byte that came. */
  get end(): number {
    return this.#end;
  }

  /** The offset before the first byte that is kept. */
  get begin(): number {
    return this.#end - this.#bytes;
  }

  /** The database at its end; null if the stream has not said it. */
  get db(): number | null {
    const decoder = this.#before.fork();
    for (const piece of this.#pieces) decoder.push(piece);
    return decoder.db;
  }

  /** The writes that end beyond an offset, as far as they are kept. */
  *writesAfter(offset: number): Generator<TapWrite> {
    const { node, id } = this;
    const decoder = this.#before.fork();
    for (const piece of this.#pieces) {
      for (const write of decoder.push(piece))
        if (write.offset > offset) yield { node, id, ...write };
    }
  }
}

export interface LostWrites {
  /** Those beyond the cut, in the order of the stream. */
  readonly writes: readonly TapWrite[];
  /**
   * Bytes beyond the cut that the tap did not see, or keeps no more; writes that are only there are
   * missing above. What a killed master never sent is not among them.
   */
  readonly missingBytes: number;
}

/**
 * What a failover threw away: the writes that a master had beyond the cut. `cut` is the old
 * master's id, and the last offset of it that the next master has: its `master_replid2` and
 * `second_repl_offset - 1`. Of a killed master these are at least the lost ones: within its last
 * event loop other clients may have been answered before the tap was written to.
 */
export function lostWrites(histories: readonly StreamHistory[], cut: Place): LostWrites {
  const writes: TapWrite[] = [];
  let seenTo = cut.offset;
  let missingBytes = 0;
  for (const history of histories) {
    if (history.id !== cut.id || history.end <= seenTo) continue;
    missingBytes += Math.max(0, history.begin - seenTo);
    writes.push(...history.writesAfter(seenTo));
    seenTo = history.end;
  }
  return { writes, missingBytes };
}
