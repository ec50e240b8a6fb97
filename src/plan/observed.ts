import type { Access } from '../access/access.js';
import type { Foreign } from '../docker/foreign.js';
import type { ObservedTopology, TakenPort } from '../docker/observe.js';
import type { ImageFacts } from '../docker/runtime.js';
import type { Software } from '../redis/rdb-format.js';
import type { NodeFacts } from './node-facts.js';

/** Everything the planner is told about the machine. */
export interface Observed {
  readonly topology: ObservedTopology;
  /** Null if the engine doesn't have the image: then the plan begins with pulling it. */
  readonly image: ImageFacts | null;
  /** What the image runs; null where that wasn't asked, because the nodes run this image already. */
  readonly imageServer: Software | null;
  readonly takenPorts: readonly TakenPort[];
  /** What has the name of something that is missing, and is not this topology's. */
  readonly foreign: readonly Foreign[];
  /** The nodes that are there, those that only files tell of too, and what their servers, files and disks say. */
  readonly nodeFacts: readonly NodeFacts[];
  /** Nodes wanted no more on which data are set aside: they would go with their volumes. */
  readonly setAside: ReadonlySet<string>;
  /** Other topologies that have their files in the same folder, in one within it or around it. */
  readonly sharers: readonly { readonly topology: string; readonly dir: string }[];
  /** How its servers are reached: as their files say, and as they will be. */
  readonly access: { readonly kept: Access | null; readonly wanted: Access | null };
  /** Folders under --dir that are there already. */
  readonly folders: ReadonlySet<string>;
  /** `uid:gid` that owns the files under --dir; null to leave it to the image. */
  readonly owner: string | null;
}
