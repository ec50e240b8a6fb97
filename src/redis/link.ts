/** Is a link up? Neither side knows alone. Pure. */

import { REDIS_PORT } from '../topology/topology.js';
import type { AttachedReplica, LinkInfo, ReplicationInfo } from './replication-info.js';

/**
 * Why the link is not up yet, or undefined if both its sides say that it is.
 * `addresses` are the replica's on the network that replication goes over.
 */
export function linkProblem(
  upstream: ReplicationInfo,
  replica: ReplicationInfo,
  addresses: readonly string[],
): string | undefined {
  if (replica.link === null) return 'it is a master';
  if (replica.link.syncing) return `full resync${progress(replica.link)}`;
  if (!replica.link.up) return 'link down';
  if (replica.id !== upstream.id) return 'it has another replication id than its upstream';
  const entries = upstream.replicas.filter(({ address }) => addresses.includes(address));
  return entries.some(isOnline) ? undefined : upstreamsWords(entries);
}

/**
 * What goes wrong between servers with different numbers of databases, or null if nothing does.
 * A replica that can't select a database goes on in the last one, without a word over the link.
 */
export function databasesProblem(upstream: number | null, replica: number | null): string | null {
  if (upstream === null || replica === null || upstream === replica) return null;
  const consequence =
    replica < upstream
      ? 'what is written into the others lands in a wrong one here, and a full resync that has them ends this server'
      : 'that bites as soon as it is the master';
  return `it has ${replica} databases and its upstream ${upstream}: ${consequence}; give databases the same value on all nodes`;
}

function isOnline({ port, state }: AttachedReplica): boolean {
  return port === REDIS_PORT && state === 'online';
}

function upstreamsWords(entries: readonly AttachedReplica[]): string {
  const words = entries.map(({ state, port }) =>
    port === 0 ? `${state}, port 0: the replication user may lack +replconf` : state,
  );
  return `link up, but its upstream says: ${words.join(' and ') || 'not attached'}`;
}

function progress({ syncPercent, syncLeftBytes }: LinkInfo): string {
  if (syncPercent !== null) return ` ${Math.floor(syncPercent)}%`;
  return syncLeftBytes === null ? '' : `, ${syncLeftBytes} bytes left`;
}
