import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { element, listKey, sequenceOf } from '../../../src/drills/elements.js';

const seed = fc.integer();
const writer = fc.nat({ max: 1000 });
const sequence = fc.nat();

describe('elements', () => {
  // Two runs with one seed must write the same elements, in this version of rrepl and the next.
  it('are the same for one seed, everywhere', () => {
    const some = [element(1, 0, 0), element(1, 0, 1), element(1, 1, 0), element(2, 0, 17)];
    expect(some).toMatchInlineSnapshot(`
      [
        "0:c8923da1",
        "1:b1edab8a",
        "0:925f8cdc",
        "17:12ebe7f7",
      ]
    `);
  });

  it('are the sequence number and eight digits', () => {
    fc.assert(
      fc.property(seed, writer, sequence, (...of) => {
        expect(element(...of)).toMatch(new RegExp(`^${of[2]}:[0-9a-f]{8}$`));
      }),
    );
  });

  it('are unique over all writers of a run', () => {
    fc.assert(
      fc.property(seed, (one) => {
        const all = new Set<string>();
        for (let by = 0; by < 20; by += 1) {
          for (let at = 0; at < 200; at += 1) all.add(element(one, by, at));
        }
        expect(all.size).toBe(20 * 200);
      }),
      { numRuns: 20 },
    );
  });

  it('differ from seed to seed, so another run’s elements are strays', () => {
    fc.assert(
      fc.property(seed, seed, writer, sequence, (one, other, by, at) => {
        fc.pre(one !== other);
        expect(sequenceOf(element(one, by, at), other, by)).toBeNull();
      }),
    );
  });

  it('of another writer are strays too', () => {
    fc.assert(
      fc.property(seed, writer, writer, sequence, (one, by, other, at) => {
        fc.pre(by !== other);
        expect(sequenceOf(element(one, by, at), one, other)).toBeNull();
      }),
    );
  });
});

describe('the sequence number of an element', () => {
  it('is read back', () => {
    fc.assert(
      fc.property(seed, writer, sequence, (one, by, at) => {
        expect(sequenceOf(element(one, by, at), one, by)).toBe(at);
      }),
    );
  });

  it('is null for whatever else a list may hold', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.nat({ max: 999 }), fc.stringMatching(/^[0-9a-f]{8}$/))
        .map(([at, digits]) => `${at}:${digits}`)
        .filter((it) => it !== element(1, 0, Number.parseInt(it, 10))),
    );
    fc.assert(
      fc.property(text, (it) => {
        expect(sequenceOf(it, 1, 0)).toBeNull();
      }),
    );
  });

  const real = element(1, 0, 17);
  const digits = real.slice(3);
  test.each([
    ['no text', ''],
    ['no colon', '17'],
    ['no number', `:${digits}`],
    ['a number that is written otherwise', `017:${digits}`],
    ['in hexadecimal', `0x11:${digits}`],
    ['with an exponent', `1.7e1:${digits}`],
    ['with a space', ` ${real}`],
    ['capital digits', real.toUpperCase()],
    ['one digit less', real.slice(0, -1)],
    ['one digit more', `${real}0`],
    ['another number with the same digits', `18:${digits}`],
    ['an element before the first, which nobody ever wrote', element(1, 0, -1)],
    ['half an element', element(1, 0, 0.5)],
  ])('%s', (_, text) => {
    expect(sequenceOf(text, 1, 0)).toBeNull();
  });
});

test('each writer of each run has a list of its own', () => {
  expect(listKey('8f3a', 2)).toBe('rrepl:drill:8f3a:2');
});
