/** What is set aside in a topology that is there, and where that lies. */
import { LABEL } from '../docker/labels.js';
import { setAsideFolderUnder, volumeName } from '../docker/names.js';
import { readSetAside, type SetAside } from '../observe/set-aside.js';
import type { LiveNode, LiveTopology } from './live-topology.js';

export interface KeptAside extends SetAside {
  /** In words: `volume rrepl-demo-redis-1-data`, or the folder on the engine's host. */
  readonly storage: string;
}

/** One question to the engine; null if nothing is set aside on the node, or it has no container. */
export async function readKeptAside(
  { runtime, name: topology }: LiveTopology,
  { name, container }: LiveNode,
): Promise<KeptAside | null> {
  if (container === null) return null;
  // A container on its way out has none, as one without a record.
  const kept = await readSetAside(runtime, container.name).catch(() => null);
  if (kept === null) return null;
  const dir = container.labels[LABEL.dir];
  const storage =
    dir === undefined
      ? `volume ${volumeName(topology, name, 'data')}`
      : setAsideFolderUnder(dir, name);
  return { ...kept, storage };
}
