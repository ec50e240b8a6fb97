/** Whose files a node's configuration must be, so that its server may write them. */
import type { Runtime } from './runtime.js';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that the image's server runs as. The official images start as root and drop to
 * the user `redis` or `valkey`, whose ids differ between images (999 on Debian, others on
 * Alpine), so they are read from the container's own /etc/passwd.
 */
export async function serverOwner(
  runtime: Runtime,
  container: string,
  startsAs: string | null,
): Promise<Owner> {
  const passwd = isNumeric(startsAs ?? '') ? '' : await runtime.readFile(container, '/etc/passwd');
  return ownerFrom(passwd ?? '', startsAs);
}

/** `startsAs` as Docker writes it: null, `redis`, `999` or `999:1000`. */
export function ownerFrom(passwd: string, startsAs: string | null): Owner {
  const [user = '', group] = (startsAs ?? '').split(':');
  if (/^\d+$/.test(user) && user !== '0') {
    const gid = /^\d+$/.test(group ?? '') ? group : user;
    return { uid: Number(user), gid: Number(gid) };
  }
  const names = user === '' || user === 'root' || user === '0' ? ['redis', 'valkey'] : [user];
  for (const name of names) {
    const entry = passwd.split('\n').find((line) => line.startsWith(`${name}:`));
    const [, , uid, gid] = entry?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 0, gid: 0 };
}

const isNumeric = (user: string): boolean => /^[1-9]\d*(:\d+)?$/.test(user);
