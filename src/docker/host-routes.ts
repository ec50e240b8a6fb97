/** The subnets that this host has routes to, as far as the kernel shows them. */
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { Runtime } from './runtime.js';

const ROUTES = '/proc/net/route';

/** As `10.0.0.0/8`. Asked only where the engine's host is this one, and Linux; else none is known. */
export async function hostRoutes({ publishedHost }: Pick<Runtime, 'publishedHost'>) {
  if (publishedHost !== '127.0.0.1') return [];
  return routesIn(await readFile(ROUTES, 'utf8').catch(() => ''));
}

/** Without the default route. */
export function routesIn(table: string, bigEndian = endianness() === 'BE'): readonly string[] {
  const [, ...lines] = table.split('\n');
  return lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [destination, mask] = [columns[1], columns[7]].map((hex) => bytesOf(hex, bigEndian));
    if (!destination || !mask) return [];
    const ones = mask.map((byte) => byte.toString(2).replaceAll('0', '').length);
    const bits = ones.reduce((sum, count) => sum + count, 0);
    return bits === 0 ? [] : [`${destination.join('.')}/${bits}`];
  });
}

/** The kernel prints addresses as numbers of its own byte order. */
function bytesOf(hex = '', bigEndian: boolean): number[] | null {
  if (!/^[0-9A-F]{8}$/i.test(hex)) return null;
  const bytes = [...Buffer.from(hex, 'hex')];
  return bigEndian ? bytes : bytes.reverse();
}
