/** What replicas have to fear from a broken link: a line for all that fear the same. */
import { approximately, bytes } from '../format.js';
import type { NextSync } from '../live/next-sync.js';
import type { TopologyStatus } from '../live/status.js';
import { type Sink, wrapped } from './wrap.js';

export function nextSyncLines({ nodes }: TopologyStatus, stdout: Sink): string {
  const names = new Map<string, string[]>();
  for (const { name, link, nextSync } of nodes) {
    if (nextSync === null) continue;
    const occasion = link === 'up' ? 'if this link broke now' : 'when it comes back';
    const text = `${occasion}: ${nextSyncText(nextSync)}`;
    names.set(text, [...(names.get(text) ?? []), name]);
  }
  if (names.size === 0) return '';
  const lines = [...names].map(([text, alike]) => [alike.join(', '), text] as const);
  const width = Math.max(...lines.map(([who]) => who.length));
  const shown = lines.map(([who, text]) => `${who.padEnd(width)}  ${text}\n`).join('');
  return wrapped(`\n${shown}`, stdout);
}

/** `partial, 1.0 MB of room left (about 40 s at this write rate)` */
export function nextSyncText({ reason, roomBytes, bytesPerSecond, seconds }: NextSync): string {
  if (roomBytes === null) return `full: ${reason}`;
  const room = `partial, ${bytes(roomBytes)} of room left`;
  if (bytesPerSecond === null) return room;
  return seconds === null
    ? `${room} (nothing is being written)`
    : `${room} (${approximately(seconds)} at this write rate)`;
}
