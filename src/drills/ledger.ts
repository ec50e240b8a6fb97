/**
 * What every writer did and what came of it, as Jepsen keeps it: an invocation, then an
 * outcome. A million writes take about 34 MB: numbers in typed arrays, and the elements
 * themselves are computed, not stored.
 */

/** `unknown`: sent and not answered, so it may have happened; `unconfirmed`: answered, but WAIT fell short. */
export type WriteOutcome = 'acknowledged' | 'refused' | 'unknown' | 'unconfirmed';

const OUTCOMES: readonly WriteOutcome[] = ['unknown', 'acknowledged', 'refused', 'unconfirmed'];

export interface Write {
  readonly writer: number;
  /** Position in its writer's sequence, from 0. */
  readonly sequence: number;
  /** Milliseconds since the drill began, monotonic. */
  readonly invokedMs: number;
  /** When the outcome was known; `Infinity` if it never was. */
  readonly completedMs: number;
  readonly outcome: WriteOutcome;
}

export class Ledger {
  readonly #writers: Track[];

  constructor(writers: number) {
    this.#writers = Array.from({ length: writers }, () => new Track());
  }

  /** Notes that a write is about to be sent; returns its sequence number. */
  invoke(writer: number, atMs: number): number {
    return this.#track(writer).invoke(atMs);
  }

  complete(writer: number, sequence: number, outcome: WriteOutcome, atMs: number): void {
    this.#track(writer).complete(sequence, OUTCOMES.indexOf(outcome), atMs);
  }

  get writers(): number {
    return this.#writers.length;
  }

  /** How many writes a writer began. */
  attempted(writer: number): number {
    return this.#track(writer).length;
  }

  /** By all writers together. */
  get size(): number {
    return this.#writers.reduce((sum, { length }) => sum + length, 0);
  }

  outcome(writer: number, sequence: number): WriteOutcome {
    return OUTCOMES[this.#track(writer).outcomes[sequence] ?? 0] ?? 'unknown';
  }

  *writes(): Generator<Write> {
    for (const [writer, track] of this.#writers.entries()) {
      for (let sequence = 0; sequence < track.length; sequence += 1) {
        yield {
          writer,
          sequence,
          invokedMs: track.invoked[sequence] ?? 0,
          completedMs: track.completed[sequence] ?? Number.POSITIVE_INFINITY,
          outcome: this.outcome(writer, sequence),
        };
      }
    }
  }

  #track(writer: number): Track {
    const track = this.#writers[writer];
    if (track === undefined) throw new RangeError(`there is no writer ${writer}`);
    return track;
  }
}

const FIRST_CAPACITY = 1024;

/** One writer's writes: arrays that double when they are full. */
class Track {
  length = 0;
  invoked = new Float64Array(FIRST_CAPACITY);
  completed = new Float64Array(FIRST_CAPACITY);
  outcomes = new Uint8Array(FIRST_CAPACITY);

  invoke(atMs: number): number {
    if (this.length === this.outcomes.length) this.#grow();
    this.invoked[this.length] = atMs;
    this.completed[this.length] = Number.POSITIVE_INFINITY;
    this.length += 1;
    return this.length - 1;
  }

  complete(sequence: number, outcome: number, atMs: number): void {
    this.outcomes[sequence] = outcome;
    this.completed[sequence] = atMs;
  }

  #grow(): void {
    const grown = <T extends Float64Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const capacity = this.length * 2;
    this.invoked = grown(this.invoked, new Float64Array(capacity));
    this.completed = grown(this.completed, new Float64Array(capacity));
    this.outcomes = grown(this.outcomes, new Uint8Array(capacity));
  }
}
