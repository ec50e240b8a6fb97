import { expect, test } from 'vitest';
import { InvalidError } from '../../../src/errors.js';
import { NoReplyError, ReplyError } from '../../../src/redis/node.js';
import { setConfig } from '../../../src/redis/set-config.js';
import { scripted } from '../../support/fake-redis.js';
import { rejection } from '../../support/run.js';

function server(refusals: Readonly<Record<string, Error>> = {}) {
  const values = new Map([
    ['hz', '10'],
    ['timeout', '0'],
  ]);
  const node = scripted('redis-2', {
    CONFIG: (verb: unknown, name: unknown, value: unknown) => {
      if (verb === 'GET') return [name, values.get(String(name))];
      const refusal = refusals[`${name} ${value}`];
      if (refusal) return refusal;
      values.set(String(name), String(value));
      return 'OK';
    },
  });
  return { node, values };
}

const WISH = [
  { name: 'hz', value: '20' },
  { name: 'timeout', value: 'soon' },
];

test('sets all', async () => {
  const { node, values } = server();
  await setConfig(node, WISH);
  expect(Object.fromEntries(values)).toEqual({ hz: '20', timeout: 'soon' });
});

test('or none, and says in the words of the server why', async () => {
  const { node, values } = server({ 'timeout soon': new ReplyError('ERR Invalid argument') });
  const error = await rejection(setConfig(node, WISH));
  expect(error).toBeInstanceOf(InvalidError);
  expect(error.message).toBe('redis-2 refused timeout soon: ERR Invalid argument');
  expect(Object.fromEntries(values)).toEqual({ hz: '10', timeout: '0' });
});

test('no answer is no refusal', async () => {
  const gone = new NoReplyError('no reply');
  const { node, values } = server({ 'timeout soon': gone });
  expect(await rejection(setConfig(node, WISH))).toBe(gone);
  expect(values.get('hz')).toBe('10');
});
