/** The tap of a topology that is there. */
import type { ContainerState } from '../docker/runtime.js';
import type { EngineTopology } from '../docker/topologies.js';
import { openTap, type Tap, type TapOptions } from '../stream/tap.js';
import { placeOf, type StreamPlace } from '../stream/wire.js';
import type { LiveTopology } from './live-topology.js';

type Tapped = Pick<LiveTopology, 'runtime' | 'access' | 'lookAgain'>;

type Reached = Pick<LiveTopology, 'runtime' | 'access'> & Pick<EngineTopology, 'nodes'>;

/** Where the streams of nodes in these states are; those without a published port are left out. */
export const placesOf = (
  { nodes, runtime, access }: Reached,
  states: readonly ContainerState[],
): StreamPlace[] =>
  nodes.flatMap(({ name, port, container }) =>
    port !== null && container !== null && states.includes(container.state)
      ? [placeOf(name, { host: runtime.publishedHost, port }, access)]
      : [],
  );

/** Of the servers that run now. */
export const streamPlaces = async (live: Tapped): Promise<StreamPlace[]> =>
  placesOf({ ...(await live.lookAgain()), runtime: live.runtime, access: live.access }, [
    'running',
  ]);

/** Taps it until it is closed: see `openTap`. */
export const tapTopology = (live: Tapped, options: Omit<TapOptions, 'places'> = {}): Promise<Tap> =>
  openTap({ ...options, places: () => streamPlaces(live) });
