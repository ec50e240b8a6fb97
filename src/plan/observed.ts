import type { Access } from '../access/access.js';
import type { Foreign } from '../docker/foreign.js';
import type { ObservedTopology, TakenPort } from '../docker/observe.js';
import type { ImageFacts } from '../docker/runtime.js';
import type { Software } from '../redis/rdb-format.js';
import type { Patient } from './heal-roles.js';
import type { RecordedRoles } from './roles.js';

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
  /** The nodes that have a container, and what their servers and files say. */
  readonly patients: readonly Patient[];
  /** Roles in the files of nodes that have no container: kept volumes and folders. */
  readonly recordedRoles: RecordedRoles;
  /** Ports in the files under --dir, by node. */
  readonly recordedPorts: ReadonlyMap<string, number>;
  /** How its servers are reached: as their files say, and as they will be. */
  readonly access: { readonly kept: Access | null; readonly wanted: Access | null };
  /** Folders under --dir that are there already. */
  readonly folders: ReadonlySet<string>;
  /** `uid:gid` that owns the files under --dir; null to leave it to the image. */
  readonly owner: string | null;
}
