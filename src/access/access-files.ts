/**
 * Access as files beside redis.conf, of mode 0600 and the server's own: what rrepl reads
 * back, whatever CONFIG REWRITE makes of redis.conf. Which files are there says how the
 * topology is protected.
 */
import type { Access, Login } from './access.js';
import type { Certificate } from './certificates.js';
import { Secret } from './secret.js';

export const ACCESS_FILE = {
  user: 'user',
  password: 'password',
  replicationPassword: 'replication-password',
  authority: 'ca.crt',
  /** The first versions left it on every node. */
  authorityKey: 'ca.key',
  certificate: 'server.crt',
  key: 'server.key',
} as const;

/** Every file of a node by name. @param own the node's certificate; null to leave it as it is. */
export const accessFiles = (
  { login, authority }: Access,
  own: Certificate | null,
): ReadonlyMap<string, string> =>
  new Map([
    ...(login === null ? [] : loginFiles(login)),
    ...(authority === null ? [] : [[ACCESS_FILE.authority, authority.certificate] as const]),
    ...(own === null ? [] : certificateFiles(own)),
  ]);

const loginFiles = (login: Login): [string, string][] => [
  ...(login.user === null ? [] : [[ACCESS_FILE.user, login.user] as [string, string]]),
  [ACCESS_FILE.password, login.password.reveal()],
  [ACCESS_FILE.replicationPassword, login.replicationPassword.reveal()],
];

const certificateFiles = ({ certificate, key }: Certificate): [string, string][] => [
  [ACCESS_FILE.certificate, certificate],
  [ACCESS_FILE.key, key.reveal()],
];

/** What the files say; null if they protect nothing. @param read null for a file that isn't there. */
export async function readAccess(
  read: (file: string) => Promise<string | null> | string | null,
): Promise<Access | null> {
  const [user, password, replicationPassword, certificate, key] = await Promise.all(
    [
      ACCESS_FILE.user,
      ACCESS_FILE.password,
      ACCESS_FILE.replicationPassword,
      ACCESS_FILE.authority,
      ACCESS_FILE.authorityKey,
    ].map(read),
  );
  const login = password &&
    replicationPassword && {
      user: user ?? null,
      password: new Secret(password),
      replicationPassword: new Secret(replicationPassword),
    };
  const authority = certificate && { certificate, key: key ? new Secret(key) : null };
  return login || authority ? { login: login || null, authority: authority || null } : null;
}
