import type { Access } from './access.js';
import { MASK } from './secret.js';

/** Where a server is reached, its password masked unless it is to be shown. */
export function urlOf(
  host: string,
  port: number,
  access: Access | null,
  showSecrets: boolean,
): string {
  const scheme = access?.authority ? 'rediss' : 'redis';
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const login = access?.login;
  if (!login) return `${scheme}://${place}`;
  const password = showSecrets ? encodeURIComponent(login.password.reveal()) : MASK;
  return `${scheme}://${login.user ?? ''}:${password}@${place}`;
}
