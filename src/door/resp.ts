/**
 * Where the items of a RESP stream end, and how they begin: all that counting needs. Payloads are
 * stepped over by their length, never copied.
 */

import { HASHED_BYTES, hashOf, MOST_ARGS } from './write-words.js';

export interface RespItem {
  /** Its first line: `*3`, `+OK`, `-READONLY You can't write …`, or a whole inline command. */
  readonly line: string;
  /** The first strings in it, as many as were wanted; empty for one that is long. */
  readonly words: readonly string[];
  /** Of the strings behind the first; null where none were wanted, or it is an inline command. */
  readonly hashes: readonly number[] | null;
}

const CR = 13;
const LF = 10;
/** Longer ones name nothing that is counted. */
const MAX_WORD = 32;
/** A line that is longer is no RESP. */
const MAX_LINE = 65_536;

const code = (character: string): number => character.charCodeAt(0);
const BULKS = new Set(['$', '=', '!'].map(code));
const ARRAYS = new Set(['*', '~', '>'].map(code));
const MAP = code('%');
const ATTRIBUTE = code('|');
const ARRAY = code('*');
const SIMPLE = new Set(['+', '-', ':', '_', ',', '#', '('].map(code));

export class RespReader {
  /** What came is no RESP: nothing more is read of it. */
  broken = false;
  readonly #onItem: (item: RespItem) => void;
  readonly #wanted: number;
  readonly #inline: boolean;
  /** The beginning of a line, or of a word, whose end has not come yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes to step over. */
  #skip = 0;
  /** Values until the item is whole. */
  #open = 0;
  #line = '';
  #words: string[] = [];
  readonly #hashing: boolean;
  #hashes: number[] = [];
  /** Strings of the item that have begun. */
  #strings = 0;

  /**
   * @param commands whether it is what clients send: each item a command, the first two words wanted
   * @param hashing whether the hashes of a command's arguments are wanted
   */
  constructor(commands: boolean, onItem: (item: RespItem) => void, hashing = false) {
    this.#onItem = onItem;
    this.#wanted = commands ? 2 : 0;
    this.#inline = commands;
    this.#hashing = hashing;
  }

  read(chunk: Buffer): void {
    if (this.broken) return;
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < data.length && !this.broken) {
      const next = this.#skip > 0 ? this.#step(data, at) : this.#value(data, at);
      if (next === null) break;
      at = next;
    }
    this.#rest = at === data.length ? Buffer.alloc(0) : data.subarray(at);
    if (this.#rest.length > MAX_LINE) this.broken = true;
  }

  #step(data: Buffer, at: number): number {
    const length = Math.min(this.#skip, data.length - at);
    this.#skip -= length;
    if (this.#skip === 0) this.#close();
    return at + length;
  }

  /** Where the next value begins; null if this one's end has not come yet. */
  #value(data: Buffer, at: number): number | null {
    const end = data.indexOf(LF, at);
    if (end === -1) return null;
    const last = data[end - 1] === CR ? end - 1 : end;
    const kind = data[at] ?? 0;
    const next = end + 1;
    const isFirst = this.#open === 0;
    if (isFirst && this.#inline && kind !== ARRAY) return this.#inlineCommand(data, at, last, next);
    if (BULKS.has(kind)) return this.#bulk(data, at, last, next);
    if (isFirst) this.#begin(data.toString('latin1', at, last));
    if (SIMPLE.has(kind)) this.#close();
    else if (ARRAYS.has(kind)) this.#nest(numberIn(data, at + 1, last));
    else if (kind === MAP) this.#nest(2 * numberIn(data, at + 1, last));
    // Stands before the value that it is about.
    else if (kind === ATTRIBUTE) this.#open += 2 * numberIn(data, at + 1, last);
    else this.broken = true;
    return next;
  }

  #inlineCommand(data: Buffer, at: number, last: number, next: number): number {
    const line = data.toString('latin1', at, Math.min(last, at + MAX_WORD));
    if (line.trim() !== '') {
      const words = line.trim().split(/\s+/).slice(0, 2);
      this.#onItem({ line, words, hashes: null });
    }
    return next;
  }

  #bulk(data: Buffer, at: number, last: number, next: number): number | null {
    const length = numberIn(data, at + 1, last);
    const isWord = this.#strings < this.#wanted;
    const isHashed = this.#hashing && this.#strings > 0 && this.#strings <= MOST_ARGS + 1;
    // A beginning that has not come whole is waited for.
    const needed =
      isWord && length <= MAX_WORD ? length : isHashed ? Math.min(length, HASHED_BYTES) : 0;
    if (data.length < next + needed) return null;
    if (this.#open === 0) this.#begin(data.toString('latin1', at, last));
    this.#strings += 1;
    if (isWord && length >= 0)
      this.#words.push(length > MAX_WORD ? '' : data.toString('latin1', next, next + length));
    if (isHashed) this.#hashes.push(hashOf(data, next, length));
    if (length < 0) this.#close();
    else this.#skip = length + 2;
    return next;
  }

  #begin(line: string): void {
    this.#line = line;
    this.#words = [];
    this.#strings = 0;
    if (this.#hashing) this.#hashes = [];
    this.#open = 1;
  }

  #nest(count: number): void {
    this.#open += Math.max(0, count);
    this.#close();
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    const isEmpty = this.#inline && this.#words.length === 0 && /^\*(0|-1)$/.test(this.#line);
    const hashes = this.#hashing ? this.#hashes : null;
    if (!isEmpty) this.#onItem({ line: this.#line, words: this.#words, hashes });
  }
}

/** Of the digits between two places; NaN never comes out of RESP. */
function numberIn(data: Buffer, from: number, to: number): number {
  let value = 0;
  let at = from;
  const isNegative = data[at] === 45;
  if (isNegative) at += 1;
  for (; at < to; at += 1) value = value * 10 + ((data[at] ?? 48) - 48);
  return isNegative ? -value : value;
}
