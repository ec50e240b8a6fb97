import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/access/access.js';
import { accessFiles, readAccess } from '../../../src/access/access-files.js';
import { createAuthority, issueCertificate } from '../../../src/access/certificates.js';
import { ACCESS } from '../../support/access.js';

const authority = await createAuthority();
const login = ACCESS.login && { ...ACCESS.login };

const plain = ({ login: of, authority: by }: Access) => ({
  user: of?.user,
  passwords: of && [of.password.reveal(), of.replicationPassword.reveal()],
  authority: by?.certificate,
});

describe('the files beside redis.conf', () => {
  it.each<[string, Access]>([
    ['all of it', { login, authority }],
    [
      'a password for the default user',
      { login: login && { ...login, user: null }, authority: null },
    ],
    ['TLS', { login: null, authority }],
  ])('give back %s', async (_, access) => {
    const own = access.authority && (await issueCertificate(authority, ['redis-1']));
    const files = accessFiles(access, own);
    expect([...files.values()]).not.toContain(authority.key.reveal());
    const found = await readAccess(async (name) => files.get(name) ?? null);
    expect(found && plain(found)).toEqual(plain(access));
  });

  it('give back the key that the first versions left there', async () => {
    const files = new Map([
      ['ca.crt', authority.certificate],
      ['ca.key', authority.key.reveal()],
    ]);
    const found = await readAccess(async (name) => files.get(name) ?? null);
    expect(found?.authority?.key?.reveal()).toBe(authority.key.reveal());
  });

  it('protect nothing where there are none', async () => {
    expect(await readAccess(async () => null)).toBeNull();
  });
});
