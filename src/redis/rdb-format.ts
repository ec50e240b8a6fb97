/** Which RDB files a server can read: those of its own format and of older ones. Pure. */
export interface Software {
  readonly product: 'redis' | 'valkey';
  readonly version: string;
}

/** RDB_VERSION of src/rdb.h, by the first release that writes it; newest first. */
const FORMATS: Readonly<Record<Software['product'], readonly (readonly [string, number])[]>> = {
  redis: [
    ['7.4', 12],
    ['7.2', 11],
    ['7.0', 10],
    ['5.0', 9],
    ['4.0', 8],
  ],
  valkey: [
    ['9.0', 80],
    ['7.2', 11],
  ],
};

/** The format that a server writes; null for one that is older than all that are known. */
export function rdbFormat({ product, version }: Software): number | null {
  return FORMATS[product].find(([first]) => isAtLeast(version, first))?.[1] ?? null;
}

/** Whether a server can load what another one has saved; where that isn't known, it can. */
export const canRead = (reader: Software, writer: Software): boolean =>
  canReadFormat(reader, rdbFormat(writer));

/** The same of a file in this format. */
export function canReadFormat(reader: Software, written: number | null): boolean {
  const read = rdbFormat(reader);
  return read === null || written === null || read >= written;
}

/**
 * What an image says that it runs, without running it: in the environment of the official images,
 * else by a tag such as `redis:7.0` or `valkey:8.1-alpine`. Null if that tells nothing.
 */
export function softwareOf(image: string, env: readonly string[]): Software | null {
  for (const product of ['redis', 'valkey'] as const) {
    const name = `${product.toUpperCase()}_VERSION=`;
    const version = env.find((it) => it.startsWith(name))?.slice(name.length);
    if (version && /^\d+\.\d+/.test(version)) return { product, version };
  }
  const [, product, version] = /(?:^|\/)(redis|valkey):(\d+\.\d+[\d.]*)/.exec(image) ?? [];
  if (product === undefined || version === undefined) return null;
  return { product: product === 'valkey' ? 'valkey' : 'redis', version };
}

/** `Redis server v=6.0.16 sha=…`, as `redis-server --version` prints it; null if it is none of these. */
export function parseVersion(text: string): Software | null {
  const [, product, version] = /\b(redis|valkey) server v=(\d+\.\d+\.\d+)/i.exec(text) ?? [];
  if (product === undefined || version === undefined) return null;
  return { product: product.toLowerCase() === 'valkey' ? 'valkey' : 'redis', version };
}

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
