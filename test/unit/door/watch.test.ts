import { expect, it } from 'vitest';
import { masterAmong, type Role } from '../../../src/door/watch.js';

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
