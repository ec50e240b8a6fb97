/**
 * How the servers of a protected topology are reached. Every node has the same, the master
 * too: a failover makes it a replica, and it must be able to log in to the next master.
 */
import { randomBytes } from 'node:crypto';
import { Secret } from './secret.js';

/** What is said about security. What isn't said stays as it is on a topology that is there. */
export interface SecurityWish {
  /** Clients need it; `auto`: one is made up. */
  readonly password?: Secret | 'auto' | undefined;
  /** The ACL user that clients log in as; the default user is off then. */
  readonly user?: string | undefined;
  readonly tls?: true | undefined;
}

export interface Login {
  /** The ACL user that clients log in as; null for the default user. */
  readonly user: string | null;
  readonly password: Secret;
  /** Replicas log in as a user of their own, which may replicate and nothing else. */
  readonly replicationPassword: Secret;
}

export interface Access {
  /** Null if none is needed. */
  readonly login: Login | null;
  /** Signs every node's certificate; null without TLS. */
  readonly authority: Authority | null;
}

export interface Authority {
  readonly certificate: string;
  /** Null where it lies where it belongs: no server holds it, and it is read where it is used. */
  readonly key: Secret | null;
}

/** What clients need. */
export interface Security {
  readonly password: boolean;
  /** The ACL user to log in as; null for the default user. */
  readonly user: string | null;
  readonly tls: boolean;
}

export const securityOf = (access: Access | null): Security => ({
  password: access !== null && access.login !== null,
  user: access?.login?.user ?? null,
  tls: access !== null && access.authority !== null,
});

/** What will hold: what is said, else what is kept, else what is made up. Null: all are let in. */
export async function settleAccess(
  wish: SecurityWish,
  kept: Access | null,
): Promise<Access | null> {
  const login = settleLogin(wish, kept?.login ?? null);
  const authority = await settleAuthority(wish, kept?.authority ?? null);
  return login === null && authority === null ? null : { login, authority };
}

function settleLogin(wish: SecurityWish, kept: Login | null): Login | null {
  const said = wish.password === 'auto' ? (kept?.password ?? newPassword()) : wish.password;
  const password = said ?? kept?.password;
  if (password === undefined) return null;
  return {
    user: wish.user ?? kept?.user ?? null,
    password,
    replicationPassword: kept?.replicationPassword ?? newPassword(),
  };
}

async function settleAuthority({ tls }: SecurityWish, kept: Authority | null) {
  if (kept !== null || tls === undefined) return kept;
  // The library takes a while to load.
  const { createAuthority } = await import('./certificates.js');
  return createAuthority();
}

/** 192 random bits that need no quotes in a shell and no escapes in a URL. */
const newPassword = (): Secret => new Secret(randomBytes(24).toString('base64url'));

/** Who logs in as what, and over what: the replication password and the keys are rrepl's own. */
export function sameAccess(one: Access | null, other: Access | null): boolean {
  const [a, b] = [one?.login ?? null, other?.login ?? null];
  const sameLogin =
    a === null || b === null ? a === b : a.user === b.user && a.password.equals(b.password);
  return sameLogin && (one?.authority ?? null) === (other?.authority ?? null);
}
