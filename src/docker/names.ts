/** How everything that rrepl creates is called. Names are derived, never stored. */

import { CONF_FOLDER } from '../config/directive.js';

export { CONF_FOLDER };

/** The control network: it carries the published ports, so clients and rrepl come in over it. */
export const networkName = (topology: string): string => `rrepl-${topology}`;

/**
 * The network that replication goes over. Cutting a node off it breaks its links and leaves
 * the node reachable from the host. A topology's name has no `_`, so no other network is
 * called this; and it sorts after the control network, because Docker publishes ports on
 * the network whose name comes first.
 */
export const replicationNetworkName = (topology: string): string => `rrepl-${topology}_replication`;

export const containerName = (topology: string, node: string): string =>
  `rrepl-${topology}-${node}`;

/** Holds the key that signs the certificates; no server mounts it. A node's name has no `_`. */
export const authorityVolume = (topology: string): string => `rrepl-${topology}_authority`;

/** Where it is mounted. */
export const AUTHORITY_FOLDER = '/authority';

/** The same under --dir. */
export const authorityFolder = (dir: string): string => `${dir}/_authority/private`;

export type VolumeRole = 'conf' | 'data';

export const volumeName = (topology: string, node: string, role: VolumeRole): string =>
  `rrepl-${topology}-${node}-${role}`;

/** A node's name has no `_`, so no node's volume is called this. */
export const recordVolumeName = (topology: string): string => `rrepl-${topology}_record`;

/** Configuration and data of a node under --dir, in this order. */
export const foldersOf = (dir: string, node: string): readonly [conf: string, data: string] => [
  `${dir}/${node}/conf`,
  `${dir}/${node}/data`,
];

export const CONF_FILE = `${CONF_FOLDER}/redis.conf`;
export const SENTINEL_CONF_FILE = `${CONF_FOLDER}/sentinel.conf`;
export const DATA_FOLDER = '/data';
const SET_ASIDE = 'rrepl-set-aside';

/** What of a node's data was set aside lies here, beside the data themselves. */
export const SET_ASIDE_FOLDER = `${DATA_FOLDER}/${SET_ASIDE}`;

/** The same under --dir, on the host. */
export const setAsideFolderUnder = (dir: string, node: string): string =>
  `${foldersOf(dir, node)[1]}/${SET_ASIDE}`;
