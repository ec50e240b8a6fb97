import { afterEach, describe, expect, it } from 'vitest';
import { masterAmong, type Role, RoleWatch } from '../../../src/door/watch.js';
import { NoReplyError } from '../../../src/redis/node.js';
import { info, scripted } from '../../support/fake-redis.js';

const master = (id: string, secondId: string | null = null): Role => ({
  ...{ role: 'master', id, secondId, linked: false },
});
const replica = (id: string): Role => ({ role: 'replica', id, secondId: null, linked: true });
const among = (roles: Readonly<Record<string, Role | null>>, before: string | null = null) =>
  masterAmong(new Map(Object.entries(roles)), before);

it('is the only one, or none', () => {
  expect(among({ a: replica('1'), b: master('1') })).toBe('b');
  expect(among({ a: replica('1'), b: null }, 'b')).toBeNull();
});

it('is the one that was promoted from the other, whoever was the master before', () => {
  const roles = { a: master('1'), b: master('2', '1') };
  expect(among(roles, 'a')).toBe('b');
  expect(among(roles, null)).toBe('b');
});

it('stays where nothing tells two apart, and is none if neither was the master', () => {
  const roles = { a: master('1'), b: master('2') };
  expect(among(roles, 'a')).toBe('a');
  expect(among(roles, null)).toBeNull();
});

describe('a server whose connections ended', () => {
  let said: string | Error;
  let watch: RoleWatch;
  const masters: (string | null)[] = [];
  const watched = async (first: string) => {
    said = first;
    const node = scripted('a', { INFO: () => said });
    watch = new RoleWatch([node], () => masters.push(watch.master));
    await expect.poll(() => watch.master).toBe('a');
    masters.length = 0;
  };
  afterEach(() => watch.stop());

  it('is what it was, if it says so: nobody is told of another', async () => {
    await watched(info({ id: '1' }));
    const asked = watch.isLost('a');
    expect(watch.isDoubted('a')).toBe(true);
    expect(await asked).toBe(false);
    expect(watch.isDoubted('a')).toBe(false);
    expect(new Set(masters)).toEqual(new Set(['a']));
  });

  it.each([
    ['answers nothing', new NoReplyError('no'), null],
    ['has begun anew', info({ id: '2' }), 'a'],
    ['is a replica now', info({ id: '1', upstream: 'b' }), null],
  ])('is lost if it %s', async (_, answer, master) => {
    await watched(info({ id: '1' }));
    said = answer;
    expect(await watch.isLost('a')).toBe(true);
    expect(watch.master).toBe(master);
  });

  it('tells nothing any more when it is stopped', async () => {
    await watched(info({ id: '1' }));
    said = new NoReplyError('the connection was closed');
    await watch.stop();
    expect(masters).toEqual([]);
  });
});
