import { describe, expect, it } from 'vitest';
import { dataNames, parseManifest } from '../../../src/psync/disk.js';

describe('the names of the files', () => {
  const USUAL = { rdb: 'dump.rdb', aof: 'appendonly.aof', aofFolder: 'appendonlydir' };

  it('are those that a server has without a redis.conf', () => {
    expect(dataNames(null)).toEqual(USUAL);
    expect(dataNames('port 6379\n')).toEqual(USUAL);
  });

  it('are what redis.conf says, the last line of each', () => {
    const conf = 'dbfilename a.rdb\ndbfilename "b c.rdb"\nappendfilename x.aof\nappenddirname d\n';
    expect(dataNames(conf)).toEqual({ rdb: 'b c.rdb', aof: 'x.aof', aofFolder: 'd' });
  });
});

describe('a manifest', () => {
  it('of redis 7.0', () => {
    const text =
      'file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n';
    expect(parseManifest(text)).toEqual(['appendonly.aof.1.base.rdb', 'appendonly.aof.1.incr.aof']);
  });

  it('of redis 8.0, which adds offsets', () => {
    const text =
      'file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i startoffset 0 endoffset 4\n';
    expect(parseManifest(text)).toEqual(['a.1.base.rdb', 'a.1.incr.aof']);
  });

  it('during a rewrite: what was appended since the base, in order, and no history', () => {
    const text = [
      'file a.2.base.rdb seq 2 type b',
      'file a.1.incr.aof seq 1 type h',
      'file a.2.incr.aof seq 2 type i',
      'file a.3.incr.aof seq 3 type i',
    ].join('\n');
    expect(parseManifest(text)).toEqual(['a.2.base.rdb', 'a.2.incr.aof', 'a.3.incr.aof']);
  });

  it('names files in quotes, and may hold comments', () => {
    expect(parseManifest('# by hand\nfile "a b.1.incr.aof" seq 1 type i\n')).toEqual([
      'a b.1.incr.aof',
    ]);
  });

  it('may be empty', () => {
    expect(parseManifest('')).toEqual([]);
  });

  it.each([
    ['other text', 'hello\n'],
    ['a type that is none', 'file a seq 1 type x\n'],
    ['no file', 'seq 1 type b\n'],
    ['a file elsewhere', 'file ../../etc/passwd seq 1 type b\n'],
    ['quotes without an end', 'file "a seq 1 type b\n'],
  ])('is not: %s', (_, text) => {
    expect(parseManifest(text)).toBeNull();
  });
});
