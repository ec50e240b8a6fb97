import { expect, it } from 'vitest';
import { atStake, type Ending } from '../../../src/live/at-stake.js';
import { ReplyError } from '../../../src/redis/node.js';
import { info, scripted } from '../../support/fake-redis.js';
import { rejection } from '../../support/run.js';

interface Wish {
  readonly changes?: number;
  readonly aof?: boolean;
  readonly save?: string;
}

const server = ({ changes = 3, aof = false, save = '' }: Wish) =>
  scripted('redis-1', {
    INFO: `${info({})
      .replace(/(rdb_changes_since_last_save):.*/, `$1:${changes}`)
      .replace(
        /(aof_enabled):.*/,
        `$1:${Number(aof)}`,
      )}\r\ndb0:keys=5,expires=0\r\ndb3:keys=2,expires=1`,
    CONFIG: (_: unknown, name: unknown) => [name, save],
  });

const LOST = '3 changes in no file (7 keys in all)';

it.each<[string, Wish, Ending, string | null]>([
  ['without persistence, stopped', {}, 'stopped', LOST],
  ['without persistence, killed', {}, 'killed', LOST],
  ['with save points, stopped: it saves', { save: '3600 1' }, 'stopped', null],
  ['with save points, killed', { save: '3600 1' }, 'killed', LOST],
  ['with an AOF, killed', { aof: true }, 'killed', null],
  ['of which everything is saved', { changes: 0 }, 'killed', null],
])('what ends with a server %s', async (_, wish, ending, text) => {
  expect(await atStake(server(wish), ending)).toBe(text);
});

it('a server that refuses to say is not one without anything at stake', async () => {
  const locked = scripted('redis-1', { INFO: new ReplyError('NOAUTH'), CONFIG: ['save', ''] });
  expect((await rejection(atStake(locked, 'killed'))).message).toBe('NOAUTH');
});
