import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/cli/hints/index.js';
import { InvalidTopologyError } from '../../../src/errors.js';
import { refuseUnloadable, unloadable } from '../../../src/plan/unloadable.js';
import { type Given, nodesOf } from './nodes.js';

const RDB = 'save 3600 1\nappendonly no\n';
const AOF = 'appendonly yes\n';

const killed = { graceful: false, saved: null, aof: null } as const;
const endedWith = (aof: boolean) => ({ graceful: true, saved: true, aof });

function master(given: Partial<Given>) {
  const [found] = nodesOf({ 'redis-1': { file: null, state: 'exited', ...given } });
  if (!found) throw new Error('one was asked for');
  return found;
}

function words(given: Partial<Given>, config: string): string | null {
  const problem = unloadable('demo', master(given), config);
  return problem && messageOf(new InvalidTopologyError([problem]));
}

describe('a master that is down', () => {
  it.each<[string, Partial<Given>, string]>([
    ['an RDB, from an RDB', { rdb: {} }, RDB],
    ['an AOF, from an AOF', { aof: {} }, AOF],
    ['nothing, from an AOF', {}, AOF],
    ['an RDB without keys, from an AOF', { rdb: { keys: 0 } }, AOF],
    ['both, the AOF on to the end, from an AOF', { rdb: {}, aof: {}, end: endedWith(true) }, AOF],
    ['both, the AOF off at the end, from an RDB', { rdb: {}, aof: {}, end: endedWith(false) }, RDB],
    ['both, killed, from what its redis.conf says', { rdb: {}, aof: {}, end: killed }, RDB],
    ['both, killed, from its AOF', { rdb: {}, aof: {}, end: killed, conf: AOF }, AOF],
    ['both, and no redis.conf that tells', { rdb: {}, aof: {}, noFile: true }, AOF],
  ])('loads %s', (_, given, config) => {
    expect(words(given, config)).toBeNull();
  });

  it.each<[string, Partial<Given>, string, RegExp]>([
    [
      'an RDB, from an AOF',
      { rdb: {} },
      AOF,
      /newest data in an RDB \(RDB of .*\) and would start from an AOF that is not there, .* `rrepl up --name demo --set appendonly=no` loads them/,
    ],
    [
      'an AOF, from an RDB',
      { aof: {} },
      RDB,
      /newest data in an AOF \(AOF last written .*\) and would start from an RDB, .* `rrepl up --name demo --set appendonly=yes` loads them/,
    ],
    [
      'both, the AOF off at the end, from an AOF',
      { rdb: {}, aof: {}, end: endedWith(false) },
      AOF,
      /newest data in an RDB .* would start from an AOF, /,
    ],
    [
      'both, the AOF on to the end, from an RDB',
      { rdb: {}, aof: {}, end: endedWith(true) },
      RDB,
      /newest data in an AOF .* would start from an RDB, /,
    ],
    [
      'both, killed, with another redis.conf than it ran with',
      { rdb: {}, aof: {}, end: killed, conf: AOF },
      RDB,
      /newest data in an AOF/,
    ],
  ])('would lose %s', (_, given, config, message) => {
    expect(words(given, config)).toMatch(message);
  });
});

it('a server that answers has its data in memory', () => {
  expect(words({ state: 'running', rdb: {} }, AOF)).toBeNull();
});

it('is refused with what it has', () => {
  const lost = master({ rdb: {}, conf: AOF });
  expect(() => refuseUnloadable('demo', lost)).toThrow(InvalidTopologyError);
  expect(() => refuseUnloadable('demo', master({ rdb: {} }))).not.toThrow();
  expect(() => refuseUnloadable('demo', master({ rdb: {}, noFile: true }))).not.toThrow();
  expect(() => refuseUnloadable('demo', undefined)).not.toThrow();
});
