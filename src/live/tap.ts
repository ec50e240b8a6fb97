/** The tap of a topology that is there. */
import type { Runtime } from '../docker/runtime.js';
import { openTap, type Tap, type TapOptions } from '../stream/tap.js';
import { placeOf, type StreamPlace } from '../stream/wire.js';
import type { LiveTopology } from './live-topology.js';

type Tapped = Pick<LiveTopology, 'runtime' | 'access' | 'lookAgain'>;

/** Where the streams of its servers are; those without a published port are left out. */
export async function streamPlaces({ runtime, access, lookAgain }: Tapped): Promise<StreamPlace[]> {
  const { nodes } = await lookAgain();
  return nodes.flatMap(({ name, port, container }) =>
    port !== null && container?.state === 'running'
      ? [placeOf(name, at(runtime, port), access)]
      : [],
  );
}

const at = ({ publishedHost: host }: Runtime, port: number) => ({ host, port });

/** Taps it until it is closed: see `openTap`. */
export const tapTopology = (live: Tapped, options: Omit<TapOptions, 'places'> = {}): Promise<Tap> =>
  openTap({ ...options, places: () => streamPlaces(live) });
