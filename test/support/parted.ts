/** A topology with two masters, of which one has writes that the other lacks. */
import { streamPlaces } from '../../src/live/tap.js';
import type { StreamPlace } from '../../src/stream/wire.js';
import { redis, shell } from './docker.js';
import { withLive } from './live.js';
import { freePorts } from './ports.js';
import { newTopology, rrepl, status } from './rrepl.js';

export async function up(...flags: string[]): Promise<string> {
  const name = newTopology('v');
  const port = await freePorts(3);
  await rrepl(['up', '--name', name, '--replicas', '2', '--port', String(port), ...flags]);
  return name;
}

export const placesOf = (name: string): Promise<StreamPlace[]> =>
  withLive(name, (live) => streamPlaces(live));

export async function roles(name: string) {
  const { nodes } = await status(name);
  const master = nodes.find(({ role }) => role === 'master')?.name ?? '';
  const [next = '', other = ''] = nodes.flatMap((it) => (it.role === 'replica' ? [it.name] : []));
  return { master, next, other };
}

async function caughtUp(name: string): Promise<void> {
  for (;;) {
    const offsets = (await status(name)).nodes.map(({ offset }) => offset);
    if (new Set(offsets).size === 1) return;
  }
}

/** The role moves by hand: rrepl would not do that to a master that lives. */
export async function takeOver(name: string, next: string, other: string): Promise<void> {
  await redis(name, next, 'REPLICAOF', 'NO', 'ONE');
  await redis(name, other, 'REPLICAOF', next, '6379');
}

/** What is given to `old` is lost, what is given to `fresh` is not. */
export async function parted(
  before: string,
  old: string,
  fresh: string,
  flags: readonly string[] = [],
) {
  const name = await up(...flags);
  const now = await roles(name);
  await shell(name, now.master, before);
  await caughtUp(name);
  await rrepl(['disconnect', now.master, '--name', name]);
  await shell(name, now.master, old);
  await takeOver(name, now.next, now.other);
  await shell(name, now.next, fresh);
  return { name, ...now };
}
