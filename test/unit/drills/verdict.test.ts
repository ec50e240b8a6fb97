import { describe, expect, it } from 'vitest';
import { type Evidence, judge, type Promises, readPromises } from '../../../src/drills/verdict.js';
import { scripted } from '../../support/fake-redis.js';
import { findings } from '../../support/ledgers.js';

const NOTHING: Promises = { noLoss: false, boundMs: null, words: 'nothing is promised' };
const ALL: Promises = { noLoss: true, boundMs: null, words: 'WAIT 1' };
const ELEVEN_SECONDS: Promises = { noLoss: false, boundMs: 11_000, words: 'about 10 s' };

const judged = (evidence: Partial<Evidence> = {}) =>
  judge({
    findings: findings(),
    promises: NOTHING,
    maxLoss: null,
    deathMs: 60_000,
    defects: [],
    readable: true,
    ...evidence,
  });

describe('the verdict is unknown', () => {
  it('when nothing could be read back', () => {
    expect(judged({ readable: false, maxLoss: 5 })).toEqual({
      verdict: 'unknown',
      reasons: ['nothing could be read back'],
    });
  });

  it('but not where a defect was seen all the same', () => {
    expect(judged({ readable: false, defects: ['two masters'] })).toEqual({
      verdict: 'fail',
      reasons: ['two masters'],
    });
  });

  it('when no write was acknowledged: then none could be lost', () => {
    const evidence = { findings: findings({ acknowledged: 0, unknown: 4 }), maxLoss: 0 };
    expect(judged(evidence)).toEqual({
      verdict: 'unknown',
      reasons: ['no write was acknowledged'],
    });
  });
});

describe('the verdict is pass', () => {
  it('when nothing was lost', () => {
    expect(judged({ promises: ALL })).toEqual({
      verdict: 'pass',
      reasons: ['lost 0 of 1,000 acknowledged writes', 'WAIT 1'],
    });
  });

  it('when what was lost had been promised by nobody', () => {
    expect(judged({ findings: findings({ lost: 1200, acknowledged: 5000 }) })).toEqual({
      verdict: 'pass',
      reasons: [
        'LOST 1,200 of 5,000 acknowledged writes, all beyond the cut',
        'nothing is promised',
      ],
    });
  });

  it('and a loss without a cut is not said to lie beyond it', () => {
    const lost = findings(
      { lost: 1, acknowledged: 1 },
      { lostBeyondCut: null, lostBeforeCut: null },
    );
    expect(judged({ findings: lost }).reasons[0]).toBe('LOST 1 of 1 acknowledged write');
  });

  it('when --max-loss allows it, even if the configuration does not', () => {
    const lost = findings({ lost: 3 }, { firstLostMs: 10 });
    expect(judged({ findings: lost, promises: ALL, maxLoss: 3 }).verdict).toBe('pass');
    expect(judged({ findings: lost, promises: ELEVEN_SECONDS, maxLoss: 3 }).verdict).toBe('pass');
  });

  it('when the loss lies within the bound', () => {
    const lost = findings({ lost: 3 }, { firstLostMs: 49_000 });
    expect(judged({ findings: lost, promises: ELEVEN_SECONDS }).verdict).toBe('pass');
  });
});

describe('the verdict is fail', () => {
  it('when more was lost than --max-loss allows', () => {
    expect(judged({ findings: findings({ lost: 4 }), maxLoss: 3 })).toEqual({
      verdict: 'fail',
      reasons: ['LOST 4 of 1,000 acknowledged writes, all beyond the cut; at most 3 may be lost'],
    });
    expect(judged({ findings: findings({ lost: 1 }), maxLoss: 0 }).verdict).toBe('fail');
  });

  it('when nothing may be lost and one write is', () => {
    const lost = findings({ lost: 1 }, { firstLostMs: 59_999 });
    expect(judged({ findings: lost, promises: ALL })).toEqual({
      verdict: 'fail',
      reasons: [
        'a promise was broken: 1 write lost in spite of it',
        'LOST 1 of 1,000 acknowledged writes, all beyond the cut',
        'WAIT 1',
      ],
    });
  });

  it('when a write older than the bound is lost', () => {
    const lost = findings({ lost: 2 }, { firstLostMs: 48_999.4 });
    expect(judged({ findings: lost, promises: ELEVEN_SECONDS })).toEqual({
      verdict: 'fail',
      reasons: [
        'a promise was broken: a write acknowledged 11001 ms before the death is lost',
        'LOST 2 of 1,000 acknowledged writes, all beyond the cut',
        'about 10 s',
      ],
    });
  });

  it.each<[string, Partial<Evidence>, readonly string[]]>([
    [
      'a write lost before the cut',
      { findings: findings({ lost: 5 }, { lostBeyondCut: 3, lostBeforeCut: 2 }) },
      [
        'a defect, not expected loss: 2 writes lost before the cut, which the survivor once had',
        'LOST 5 of 1,000 acknowledged writes, 3 beyond the cut',
      ],
    ],
    [
      'a write lost that the survivor acknowledged',
      { findings: findings({ lost: 5 }, { lostBeyondCut: 4, lostAfterDeath: 1 }) },
      [
        'a defect, not expected loss: 1 write lost that the survivor itself had acknowledged',
        'LOST 5 of 1,000 acknowledged writes, 4 beyond the cut',
      ],
    ],
    [
      'a refused write that is there',
      { findings: findings({ refused: 9, resurrected: 1 }) },
      ['1 refused write present', 'lost 0 of 1,000 acknowledged writes'],
    ],
    [
      'elements there twice, or from nowhere',
      { findings: findings({ duplicates: 2 }) },
      ['2 duplicate or foreign elements', 'lost 0 of 1,000 acknowledged writes'],
    ],
    [
      'whatever else was seen, first of all',
      { defects: ['two masters at 3.1 ms: a and b'], findings: findings({ duplicates: 1 }) },
      [
        'two masters at 3.1 ms: a and b',
        '1 duplicate or foreign element',
        'lost 0 of 1,000 acknowledged writes',
      ],
    ],
  ])('for a defect, whatever was promised and allowed: %s', (_, evidence, reasons) => {
    expect(judged({ ...evidence, promises: ALL, maxLoss: 1000 })).toEqual({
      verdict: 'fail',
      reasons,
    });
  });
});

describe('what the settings promise', () => {
  const server = (settings: Readonly<Record<string, string>>) =>
    scripted('redis-1', {
      CONFIG: (verb: string, name: string) => {
        expect(verb).toBe('GET');
        const value = settings[name];
        return value === undefined ? [] : [name, value];
      },
    });
  const AOF = { appendonly: 'yes', 'min-replicas-to-write': '0', 'min-replicas-max-lag': '10' };

  it.each<[string, Record<string, string>, Parameters<typeof readPromises>[1], number, Promises]>([
    [
      'nothing: replication is asynchronous',
      AOF,
      'promote',
      0,
      {
        noLoss: false,
        boundMs: null,
        words: 'asynchronous replication promises nothing: what no replica has yet is lost',
      },
    ],
    [
      'WAIT',
      AOF,
      'promote',
      2,
      {
        noLoss: true,
        boundMs: null,
        words: 'WAIT 2: an acknowledged write is on a replica, and the furthest one is promoted',
      },
    ],
    [
      'min-replicas-to-write, a second of slack on top',
      { ...AOF, 'min-replicas-to-write': '1' },
      'none',
      0,
      {
        noLoss: false,
        boundMs: 11_000,
        words: 'min-replicas-to-write 1 bounds the loss to about 10 s of writes, not to zero',
      },
    ],
    [
      'WAIT is more than min-replicas-to-write',
      { ...AOF, 'min-replicas-to-write': '1' },
      'promote',
      1,
      {
        noLoss: true,
        boundMs: null,
        words: 'WAIT 1: an acknowledged write is on a replica, and the furthest one is promoted',
      },
    ],
    [
      'a max lag of 0 turns min-replicas-to-write off',
      { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '0' },
      'promote',
      0,
      {
        noLoss: false,
        boundMs: null,
        words: 'asynchronous replication promises nothing: what no replica has yet is lost',
      },
    ],
    [
      'appendfsync always, for a restart',
      { ...AOF, appendfsync: 'always' },
      'restart',
      0,
      {
        noLoss: true,
        boundMs: null,
        words: 'appendfsync always: an acknowledged write is on disk',
      },
    ],
    [
      'appendfsync everysec',
      { ...AOF, appendfsync: 'everysec' },
      'restart',
      0,
      {
        noLoss: false,
        boundMs: 2000,
        words: 'appendfsync everysec bounds the loss of a crashed machine to about 2 s of writes',
      },
    ],
    [
      'appendfsync no',
      { ...AOF, appendfsync: 'no' },
      'restart',
      0,
      {
        noLoss: false,
        boundMs: null,
        words: 'appendfsync no leaves it to the system when writes reach the disk',
      },
    ],
    [
      'WAIT helps no restart without an AOF: the replicas are emptied too',
      { ...AOF, appendonly: 'no', 'min-replicas-to-write': '2' },
      'restart',
      2,
      {
        noLoss: false,
        boundMs: null,
        words: 'without an AOF a restart loses what the last RDB does not hold',
      },
    ],
  ])('%s', async (_, settings, recover, wait, promises) => {
    expect(await readPromises(server(settings), recover, wait)).toEqual(promises);
  });
});
