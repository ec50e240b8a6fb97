import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/stream/commands.js';
import { commonTo, type Held, holdsAllOf } from '../../../src/stream/holds.js';

const command = (text: string): Command => ({
  args: text.split(' ').map((word) => Buffer.from(word)),
  begin: 0,
  end: 0,
});
/** `a b` are writes of their own; a line with spaces is a command. */
const past = (text: string, fromStart = false) => ({
  commands: text
    .split(text.includes('\n') ? '\n' : ' ')
    .filter(Boolean)
    .map((it) => command(it.includes(' ') || /^[A-Z]/.test(it) ? it : `SET ${it} 1`)),
  fromStart,
});
const set = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `k${from + index}`).join(' ');

describe('an AOF of other commands than each other', () => {
  it.each<[string, string, string, Held]>([
    ['with the same end', set(0, 20), set(5, 20), 'holds'],
    ['that goes on', set(5, 20), set(0, 25), 'holds'],
    ['that begins later, and goes on', set(0, 20), set(18, 30), 'holds'],
    ['that begins with the last', set(0, 20), set(19, 20), 'holds'],
    ['without the last', set(0, 20), set(0, 19), 'lacks'],
    ['without many', set(0, 20), set(0, 3), 'lacks'],
    ['that ends with the first', set(10, 20), set(0, 11), 'lacks'],
    ['that ended before', set(10, 20), set(0, 5), 'unknown'],
    ['that was rewritten after all', set(0, 20), set(25, 30), 'unknown'],
    ['without a command', set(0, 20), '', 'unknown'],
    ['beside a replica without a command', '', set(0, 20), 'unknown'],
  ])('%s', (_, replica, aof, held) => {
    expect(holdsAllOf(past(replica), past(aof))).toBe(held);
  });

  it.each<[string, string, string, Held]>([
    ['with all', set(0, 3), set(0, 3), 'holds'],
    ['with more', set(2, 5), set(0, 9), 'holds'],
    ['that ended before', set(10, 20), set(0, 5), 'lacks'],
    ['without a command', set(0, 3), '', 'lacks'],
  ])('from the start on, %s', (_, replica, aof, held) => {
    expect(holdsAllOf(past(replica), past(aof, true))).toBe(held);
  });
});

describe('the same command again and again', () => {
  it('as often in both, from the start on: all is there', () => {
    expect(holdsAllOf(past('a a a a'), past('a a a a', true))).toBe('holds');
  });

  it('less often in the AOF, from the start on: not all', () => {
    expect(holdsAllOf(past('a a a a'), past('a a a', true))).toBe('lacks');
  });

  it('of two ends: nothing can be told', () => {
    expect(holdsAllOf(past('a a a a'), past('a a a a a a a'))).toBe('unknown');
    expect(holdsAllOf(past('a b a b a b'), past('a b a b a b a b'))).toBe('unknown');
  });

  it('after one that is different', () => {
    expect(holdsAllOf(past('x a a a a'), past('w x a a a a'))).toBe('holds');
    expect(holdsAllOf(past('x a a a a'), past('w x a a'))).toBe('lacks');
  });

  it('as an accident at the ends', () => {
    expect(holdsAllOf(past(`z ${set(0, 20)}`), past(`${set(0, 20)} z`))).toBe('holds');
  });
});

describe('the same write in two words', () => {
  it.each([
    ['SETEX a 10 v', 'SET a v\nPEXPIREAT a 1795673851000'],
    ['psetex a 10000 v', 'SET a v\nPEXPIREAT a 1795673851000'],
    ['SET a v EX 10 NX', 'SET a v\nPEXPIREAT a 1795673851000'],
    ['SET a v PXAT 1795673851000', 'SET a v\npexpireat a 1795673851000'],
    ['SET a v XX', 'SET a v'],
    ['EXPIRE a 10', 'PEXPIREAT a 1795673851000'],
    ['pexpire a 10000', 'PEXPIREAT a 1795673851000'],
    ['EXPIREAT a 1795673851', 'PEXPIREAT a 1795673851000'],
    ['zadd z 1 a', 'ZADD z 1 a'],
  ])('%s', (stream, aof) => {
    expect(holdsAllOf(past(`FIRST x\n${stream}`), past(`FIRST x\n${aof}`, true))).toBe('holds');
    expect(holdsAllOf(past(`FIRST x\n${stream}`), past('FIRST x\nOTHER y', true))).toBe('lacks');
  });

  it('what stands in one of them only makes no difference', () => {
    const stream =
      'SELECT 0\nSET a v\nPING x\nMULTI\nSET b v\nEXEC\nPUBLISH c m\nREPLCONF GETACK *';
    expect(holdsAllOf(past(stream), past('SET a v\nSELECT 1\nSET b v', true))).toBe('holds');
  });

  it('the words of a command are not run together', () => {
    expect(holdsAllOf(past('x y\nSADD s ab c'), past('x y\nSADD s a bc', true))).toBe('lacks');
  });
});

describe('the part of an AOF that a replica has', () => {
  it.each<[string, string, string, number | null]>([
    ['its end', set(0, 20), set(5, 20), 15],
    ['all but what follows', set(0, 20), set(5, 30), 15],
    ['from a beginning that is seen later', set(5, 20), set(0, 25), 20],
    ['too little to be sure', set(0, 20), set(18, 30), null],
    ['that was rewritten after all', set(0, 20), set(25, 40), null],
    ['that ended before', set(0, 20), set(0, 12), null],
    ['the same again and again', 'a b a b a b a b a b', 'a b a b a b a b a b a b a b', null],
    ['of a replica without a command', '', set(0, 20), null],
  ])('%s', (_, replica, aof, common) => {
    expect(commonTo(past(replica), past(aof))).toBe(common);
  });

  it('is sure with little, where the AOF has all from the start on', () => {
    expect(commonTo(past('a b'), past('a b c', true))).toBe(2);
    expect(commonTo(past('a b'), past('a b c'))).toBe(null);
  });

  it('ends behind a command, whatever stands for it in the stream', () => {
    const aof = past(`${set(0, 10).replaceAll(/\S+/g, 'SET $& 1').replaceAll(' 1 ', ' 1\n')}
SET e v
PEXPIREAT e 1
PING
SET lost 1`);
    const stream = past(`${set(0, 10).replaceAll(/\S+/g, 'SET $& 1').replaceAll(' 1 ', ' 1\n')}
SETEX e 100 v`);
    expect(aof.commands.slice(0, commonTo(stream, aof) ?? 0)).toHaveLength(12);
  });
});
