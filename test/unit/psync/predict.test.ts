import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  nextRequest,
  predictResync,
  type Rule,
  roomLeft,
  type Source,
} from '../../../src/psync/predict.js';
import { amount } from '../../support/amount.js';

const ID = 'a'.repeat(40);
const OLD_ID = 'b'.repeat(40);
const STRANGER = 'c'.repeat(40);

/** Has written 1,000 bytes and holds those from 401 on; took over from the old id at 500. */
const SOURCE: Source = {
  id: ID,
  secondId: OLD_ID,
  secondOffset: 501,
  offset: 1000,
  backlog: { active: true, size: 600, firstByteOffset: 401, length: 600 },
};
const NO_BACKLOG = { active: false, size: 600, firstByteOffset: 0, length: 0 };
const NEW_STREAM = { ...SOURCE, secondId: null, secondOffset: null };

describe('every rule of masterTryPartialResync, at its limits', () => {
  test.each<[string, string, number, Source, Rule, string]>([
    ['the oldest byte held', ID, 401, SOURCE, 'in-backlog', 'partial: 600 bytes from the backlog'],
    [
      'one before',
      ID,
      400,
      SOURCE,
      'before-backlog',
      'full: the backlog begins 1 B after this offset',
    ],
    ['the last byte', ID, 1000, SOURCE, 'in-backlog', 'partial: 1 byte from the backlog'],
    ['the byte to come', ID, 1001, SOURCE, 'in-backlog', 'partial: 0 bytes from the backlog'],
    [
      'one after that',
      ID,
      1002,
      SOURCE,
      'beyond-stream',
      "full: it is 1 B ahead of the upstream's stream",
    ],
    [
      'the second id, where it ends',
      OLD_ID,
      501,
      SOURCE,
      'in-backlog',
      'partial: 500 bytes from the backlog',
    ],
    [
      'one past it',
      OLD_ID,
      502,
      SOURCE,
      'past-second-id',
      'full: it is 1 B past the offset at which the ids parted',
    ],
    [
      'the second id, no longer held',
      OLD_ID,
      400,
      SOURCE,
      'before-backlog',
      'full: the backlog begins 1 B after this offset',
    ],
    [
      'a strange id',
      STRANGER,
      700,
      SOURCE,
      'unknown-id',
      'full: unknown replication id cccccccc (known: aaaaaaaa, bbbbbbbb)',
    ],
    [
      'an id that was never second',
      OLD_ID,
      450,
      NEW_STREAM,
      'unknown-id',
      'full: unknown replication id bbbbbbbb (known: aaaaaaaa)',
    ],
    [
      'no backlog',
      ID,
      1001,
      { ...SOURCE, backlog: NO_BACKLOG },
      'no-backlog',
      'full: the upstream keeps no backlog',
    ],
    [
      'an empty backlog',
      ID,
      1,
      { ...SOURCE, offset: 0, backlog: { ...NO_BACKLOG, active: true, firstByteOffset: 1 } },
      'in-backlog',
      'partial: 0 bytes from the backlog',
    ],
    [
      'a long way',
      ID,
      1,
      { ...SOURCE, backlog: { ...SOURCE.backlog, firstByteOffset: 1_258_292 } },
      'before-backlog',
      'full: the backlog begins 1.2 MB after this offset',
    ],
  ])('%s', (_, id, next, source, rule, text) => {
    expect(predictResync({ id, next }, source)).toMatchObject({ rule, text });
  });

  it('nothing remembered is why', () => {
    expect(predictResync({ forgot: 'it was born today' }, SOURCE)).toMatchObject({
      kind: 'full',
      rule: 'nothing-remembered',
      text: 'full: it was born today',
    });
  });

  it('the id is looked at before the backlog', () => {
    const source = { ...SOURCE, backlog: NO_BACKLOG };
    expect(predictResync({ id: STRANGER, next: 1 }, source).rule).toBe('unknown-id');
    expect(predictResync({ id: OLD_ID, next: 502 }, source).rule).toBe('past-second-id');
  });
});

test('a refusal counts as an error, unless nothing was asked for', () => {
  const countersOf = (...asked: Parameters<typeof predictResync>) =>
    predictResync(...asked).counters;
  expect(countersOf({ id: ID, next: 900 }, SOURCE)).toEqual({
    full: 0,
    partialOk: 1,
    partialErr: 0,
  });
  expect(countersOf({ id: ID, next: 9 }, SOURCE)).toEqual({ full: 1, partialOk: 0, partialErr: 1 });
  expect(countersOf({ forgot: '' }, SOURCE)).toEqual({ full: 1, partialOk: 0, partialErr: 0 });
});

test('a replica asks for the byte after the last that it applied', () => {
  expect(nextRequest({ id: ID, offset: 0 })).toEqual({ id: ID, next: 1 });
});

describe('the room left', () => {
  it.each<[string, number, number | null]>([
    ['in step: all of the backlog', 1001, 600],
    ['behind: less', 901, 500],
    ['at its oldest byte: none', 401, 0],
    ['behind it: not even now', 400, null],
  ])('%s', (_, next, room) => {
    expect(roomLeft({ id: ID, next }, SOURCE)).toBe(room);
  });

  it('is never negative: from 7.0 on a backlog may hold more than its size', () => {
    const more = { ...SOURCE.backlog, firstByteOffset: 301, length: 700 };
    expect(roomLeft({ id: ID, next: 301 }, { ...SOURCE, backlog: more })).toBe(0);
  });
});

/**
 * A server byte by byte: its history as an array, of which it still holds the last ones. The
 * old master's stream and the new one's are the same up to `parted` and differ in every byte
 * after it.
 */
class Upstream {
  readonly history: string[];
  readonly #size: number;
  readonly #parted: number;

  constructor({ parted, since, size }: { parted: number; since: number; size: number }) {
    this.#parted = parted;
    this.#size = size;
    this.history = streamOf(ID, parted + since, parted);
  }

  write(bytes: number): void {
    const { length } = this.history;
    for (let at = 1; at <= bytes; at += 1) this.history.push(`${ID}${length + at}`);
  }

  /** What it sends to a server with this history, or null if it can't. */
  send(theirs: readonly string[]): string[] | null {
    const isPrefix = theirs.every((byte, at) => byte === this.history[at]);
    const forgotten = Math.max(0, this.history.length - this.#size);
    return isPrefix && theirs.length >= forgotten ? this.history.slice(theirs.length) : null;
  }

  get source(): Source {
    const { length } = this.history;
    const held = Math.min(length, this.#size);
    return {
      id: ID,
      secondId: OLD_ID,
      secondOffset: this.#parted + 1,
      offset: length,
      backlog: { active: true, size: this.#size, firstByteOffset: length - held + 1, length: held },
    };
  }
}

const streamOf = (id: string, length: number, parted: number): string[] =>
  Array.from({ length }, (_, at) => `${at < parted ? 'common' : id}${at + 1}`);

const small = fc.nat({ max: 30 });
const upstreams = fc
  .record({ parted: small, since: small, size: fc.integer({ min: 1, max: 40 }) })
  .map((wish) => ({ ...wish, upstream: new Upstream(wish) }));
const ids = fc.constantFrom(ID, OLD_ID);

test('partial if and only if the bytes are there and continue what the replica has', () => {
  fc.assert(
    fc.property(upstreams, ids, fc.nat({ max: 70 }), ({ parted, upstream }, id, applied) => {
      const sent = upstream.send(streamOf(id, applied, parted));
      const prediction = predictResync(nextRequest({ id, offset: applied }), upstream.source);
      expect(prediction.kind).toBe(sent === null ? 'full' : 'partial');
      expect(prediction.bytes).toBe(sent?.length ?? null);
    }),
    { numRuns: amount(1000, 2000) },
  );
});

test('it stays partial while no more than the room left is written, and not one byte longer', () => {
  fc.assert(
    fc.property(upstreams, fc.nat({ max: 60 }), ({ upstream }, applied) => {
      const request = nextRequest({ id: ID, offset: applied });
      const room = roomLeft(request, upstream.source);
      fc.pre(room !== null);
      upstream.write(room);
      expect(predictResync(request, upstream.source).kind).toBe('partial');
      upstream.write(1);
      expect(predictResync(request, upstream.source).rule).toBe('before-backlog');
    }),
    { numRuns: amount(250, 500) },
  );
});
