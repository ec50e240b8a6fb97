import { describe, expect, it } from 'vitest';
import { acknowledgedAfterRefusal, writeTimes } from '../../../src/drills/write-times.js';
import { history, type Row } from '../../support/ledgers.js';

const times = (...writers: (readonly Row[])[]) => writeTimes(history(writers).ledger);

describe('the times of writes', () => {
  it('are those of acknowledged ones, of all writers', () => {
    const { latenciesMs } = times(
      [
        ['acknowledged', 1, 0, 2],
        ['refused', 0, 3, 4],
        ['unconfirmed', 1, 5, 505],
      ],
      [
        ['acknowledged', 1, 1, 8],
        ['unknown', 0, 9],
      ],
    );
    expect(latenciesMs).toEqual([2, 7]);
  });

  it('have a downtime where nobody was acknowledged for longest', () => {
    const { downtimeMs } = times(
      [
        ['acknowledged', 1, 0, 10],
        ['unconfirmed', 1, 11, 60],
        ['acknowledged', 1, 60, 100],
      ],
      [
        ['acknowledged', 1, 0, 40],
        ['acknowledged', 1, 41, 102],
      ],
    );
    expect(downtimeMs).toBe(60);
  });

  it('have none where nothing came after it', () => {
    expect(times([['acknowledged', 1, 0, 10]], [['unknown', 0, 0]]).downtimeMs).toBeNull();
    expect(times([]).downtimeMs).toBeNull();
  });
});

describe('writes that were acknowledged after a refusal', () => {
  const whole = { from: [0, 0], until: [9, 9] };
  const count = (writers: (readonly Row[])[], stretch = whole) =>
    acknowledgedAfterRefusal(history(writers).ledger, stretch);

  it('are counted across writers', () => {
    const refused: Row[] = [['refused', 0, 1, 2]];
    const after: Row[] = [['acknowledged', 0, 3, 4]];
    expect(count([refused, after])).toBe(1);
  });

  it('are not those that were begun before the refusal was known', () => {
    expect(count([[['refused', 0, 1, 3]], [['acknowledged', 0, 2, 4]]])).toBe(0);
  });

  it('are only those of the stretch, like the refusal', () => {
    const rows: Row[] = [
      ['refused', 0, 1, 2],
      ['acknowledged', 1, 3, 4],
      ['refused', 0, 5, 6],
      ['acknowledged', 1, 7, 8],
    ];
    expect(count([rows])).toBe(2);
    expect(count([rows], { from: [1], until: [9] })).toBe(1);
    expect(count([rows], { from: [1], until: [3] })).toBe(0);
    expect(count([rows], { from: [3], until: [9] })).toBe(0);
  });

  it('are none where nothing was refused', () => {
    expect(count([[['acknowledged', 1, 1, 2]]])).toBe(0);
  });
});
