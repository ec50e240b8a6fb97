import { describe, expect, it } from 'vitest';
import { difference } from '../../../src/redis/key-difference.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const NOW = 1_800_000_000_000;
const at = (ms: number) => A + (NOW + ms);

describe('difference', () => {
  it.each([
    [A, A, undefined],
    [at(0), at(0), undefined],
    ['', A, 'only on the second'],
    [A, '', 'only on the first'],
    [A, B, 'differs'],
    [at(0), B + NOW, 'differs'],
    [A, at(0), 'expiry'],
    [at(0), A, 'expiry'],
    [at(0), at(1), 'expiry'],
  ])('%s and %s: %s', (first, second, what) => {
    expect(difference(first, second, true)).toBe(what);
  });

  it.each([
    [999, undefined],
    [59_000, undefined],
    [61_000, 'expiry'],
    [-59_000, undefined],
    [-61_000, 'expiry'],
  ])('before 7.0, a replica that expires a key %d ms later: %s', (ms, what) => {
    expect(difference(at(0), at(ms), false)).toBe(what);
  });

  it('before 7.0, a key that expires on one of them only', () => {
    expect(difference(at(0), A, false)).toBe('expiry');
  });
});
