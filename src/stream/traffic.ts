/** What a stream consists of: writes and bytes by command and by prefix of the key. Pure. */
import { keyText } from '../format.js';
import type { StreamCommand } from './decoder.js';

export interface Share {
  /** The command, or the prefix: what a key has before its first `:`, and the colon. */
  readonly name: string;
  readonly writes: number;
  readonly bytes: number;
  readonly writesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Of all bytes, 0 to 1. */
  readonly share: number;
}

export interface TrafficReport {
  readonly seconds: number;
  readonly writes: number;
  /** Of the stream, PINGs and all. */
  readonly bytes: number;
  readonly writesPerSecond: number;
  readonly bytesPerSecond: number;
  /** The most bytes first. */
  readonly commands: readonly Share[];
  readonly prefixes: readonly Share[];
  /** Writes whose prefixes are not among these: there were too many of them to be counted. */
  readonly otherPrefixes: number;
}

interface Sum {
  writes: number;
  bytes: number;
}

/** Keys without a `:` may each be a prefix of their own: memory must not grow with them. */
const MAX_PREFIXES = 10_000;
const MAX_PREFIX_BYTES = 64;
const SHOWN = 20;
const COLON = 0x3a;

export class Traffic {
  readonly #commands = new Map<string, Sum>();
  readonly #prefixes = new Map<string, Sum>();
  #others = 0;
  #writes = 0;

  add(writes: readonly StreamCommand[]): void {
    for (const { command, keys, begin, offset } of writes) {
      const bytes = offset + 1 - begin;
      this.#writes += 1;
      count(this.#commands, command, bytes);
      const prefix = prefixOf(keys[0]);
      if (this.#prefixes.has(prefix) || this.#prefixes.size < MAX_PREFIXES)
        count(this.#prefixes, prefix, bytes);
      else this.#others += 1;
    }
  }

  report(seconds: number, bytes: number): TrafficReport {
    const shares = (sums: ReadonlyMap<string, Sum>): Share[] =>
      [...sums]
        .map(([name, sum]) => ({
          name,
          ...sum,
          ...perSecond(sum, seconds),
          share: sum.bytes / bytes,
        }))
        .toSorted((a, b) => b.bytes - a.bytes)
        .slice(0, SHOWN);
    const writes = this.#writes;
    return {
      ...{ seconds, writes, bytes, ...perSecond({ writes, bytes }, seconds) },
      commands: shares(this.#commands),
      prefixes: shares(this.#prefixes),
      otherPrefixes: this.#others,
    };
  }
}

const perSecond = ({ writes, bytes }: Sum, seconds: number) => ({
  writesPerSecond: writes / seconds,
  bytesPerSecond: bytes / seconds,
});

function count(sums: Map<string, Sum>, name: string, bytes: number): void {
  const sum = sums.get(name);
  if (sum === undefined) {
    sums.set(name, { writes: 1, bytes });
    return;
  }
  sum.writes += 1;
  sum.bytes += bytes;
}

/** `-` for a write without a key. */
function prefixOf(key: Buffer | undefined): string {
  if (key === undefined) return '-';
  const colon = key.indexOf(COLON);
  const end = Math.min(colon < 0 ? key.length : colon + 1, MAX_PREFIX_BYTES);
  // A letter of several bytes is not to be cut.
  return end === MAX_PREFIX_BYTES ? key.toString('utf8', 0, end) : keyText(key.subarray(0, end));
}
