import { describe, expect, it } from 'vitest';
import {
  BOUNDED,
  type Counted,
  DISCARDED,
  REFUSED,
  writesForetold,
  writesSeen,
} from '../../../src/drills/replaced-master.js';

describe('what becomes of writes to a master without replicas', () => {
  it.each([
    [{ least: 0, maxLag: 10 }, 'known', DISCARDED],
    [{ least: 0, maxLag: 10 }, 'silent', DISCARDED],
    // Either at 0 turns the guard off (redis.conf).
    [{ least: 1, maxLag: 0 }, 'known', DISCARDED],
    [{ least: 1, maxLag: 10 }, 'known', REFUSED],
    [{ least: 1, maxLag: 10 }, 'silent', BOUNDED],
  ] as const)('%j, loss %s', (guard, loss, is) => {
    expect(writesForetold(guard, loss, 1234).is).toBe(is);
  });

  it('says the offset and the bound', () => {
    expect(writesForetold({ least: 0, maxLag: 10 }, 'known', 1234).because).toContain(
      'offset 1,234',
    );
    expect(writesForetold({ least: 1, maxLag: 3 }, 'silent', 1234).because).toContain('about 4 s');
  });
});

describe('what became of them', () => {
  const counted = (some: Partial<Counted>): Counted => ({
    acknowledged: 0,
    refused: 0,
    unknown: 0,
    discarded: 0,
    ...some,
  });

  it.each([
    [{ acknowledged: 5, discarded: 5 }, DISCARDED],
    [{ acknowledged: 5, discarded: 5, refused: 2 }, BOUNDED],
    [{ refused: 2 }, REFUSED],
  ])('%j', (some, is) => {
    expect(writesSeen(counted(some)).is).toBe(is);
  });

  it.each([
    ['nothing was written', {}],
    ['one that was acknowledged is still there', { acknowledged: 5, discarded: 4 }],
    ['one was not answered', { acknowledged: 5, discarded: 5, unknown: 1 }],
    ['one was not answered, the rest refused', { refused: 5, unknown: 1 }],
  ])('is none of these if %s', (_, some) => {
    const seen = writesSeen(counted(some));
    expect([DISCARDED, BOUNDED, REFUSED]).not.toContain(seen.is);
  });

  it('tells the numbers', () => {
    const some = { acknowledged: 1500, refused: 50, unknown: 1, discarded: 1500 };
    expect(writesSeen(counted(some)).because).toBe(
      '1,500 writes acknowledged, 50 refused, 1 not answered; 1,500 discarded',
    );
  });
});
