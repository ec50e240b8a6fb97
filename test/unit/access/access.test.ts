import { describe, expect, it } from 'vitest';
import { type Access, sameAccess, settleAccess } from '../../../src/access/access.js';
import { Secret } from '../../../src/access/secret.js';
import { ACCESS } from '../../support/access.js';

const reveal = (access: Access | null) => access?.login?.password.reveal();

describe('what will hold', () => {
  it('is nothing where nothing is said and nothing is kept', async () => {
    expect(await settleAccess({}, null)).toBeNull();
  });

  it('is what is kept where nothing is said', async () => {
    expect(sameAccess(await settleAccess({}, ACCESS), ACCESS)).toBe(true);
  });

  it('is a password of its own, long and without characters that need escapes', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => settleAccess({ password: 'auto' }, null)),
    );
    expect(reveal(one ?? null)).toMatch(/^[\w-]{32}$/);
    expect(reveal(one ?? null)).not.toBe(reveal(other ?? null));
    expect(one?.login?.replicationPassword.reveal()).not.toBe(reveal(one ?? null));
    expect(one).toMatchObject({ login: { user: null }, authority: null });
  });

  it('keeps the password that there is where any will do', async () => {
    expect(reveal(await settleAccess({ password: 'auto' }, ACCESS))).toBe(reveal(ACCESS));
  });

  it('is what is said over what is kept', async () => {
    const wish = { password: new Secret('said'), user: 'other', tls: true } as const;
    const settled = await settleAccess(wish, ACCESS);
    expect(settled?.login).toMatchObject({ user: 'other' });
    expect(reveal(settled)).toBe('said');
    expect(settled?.authority).toBe(ACCESS.authority);
  });

  it('is TLS without a password, if that is all that is said', async () => {
    const settled = await settleAccess({ tls: true }, null);
    expect(settled).toMatchObject({
      login: null,
      authority: { certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) },
    });
  });
});

describe('the same access', () => {
  const { login, authority } = ACCESS;
  const other = new Secret('other');

  it.each<[string, Access | null]>([
    ['no access', null],
    ['no login', { login: null, authority }],
    ['another password', { login: login && { ...login, password: other }, authority }],
    ['another user', { login: login && { ...login, user: null }, authority }],
    ['no TLS', { login, authority: null }],
  ])('is not %s', (_, changed) => {
    expect(sameAccess(ACCESS, changed)).toBe(false);
    expect(sameAccess(changed, ACCESS)).toBe(false);
    expect(sameAccess(changed, changed)).toBe(true);
  });
});
