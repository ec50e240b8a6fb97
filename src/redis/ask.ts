import {
  type KeyspaceFacts,
  type PersistenceFacts,
  parseInfo,
  parseKeyspace,
  parsePersistence,
  parseServer,
  parseSyncCounters,
  type ServerFacts,
  type SyncCounters,
} from './info.js';
import type { RedisNode } from './node.js';
import { parseReplication, type ReplicationInfo } from './replication-info.js';

/** All that a node says of itself at one moment. */
export interface InfoReply {
  readonly server: ServerFacts;
  readonly replication: ReplicationInfo;
  /** Counted on the upstream's side of each link. */
  readonly syncs: SyncCounters;
  readonly persistence: PersistenceFacts;
  readonly databases: ReadonlyMap<number, KeyspaceFacts>;
}

/**
 * One round trip. Works while the server loads, if slowly: INFO is never refused with
 * LOADING. Rejects with `NoReplyError` or `ReplyError` (`NOAUTH`, `NOPERM`).
 */
export async function askNode(node: RedisNode): Promise<InfoReply> {
  const info = parseInfo(String(await node.call('INFO')));
  return {
    server: parseServer(info),
    replication: parseReplication(info),
    syncs: parseSyncCounters(info),
    persistence: parsePersistence(info),
    databases: parseKeyspace(info),
  };
}

/** Only its place in replication: a tenth of the work for a server that is asked every millisecond. */
export const askReplication = async (node: RedisNode): Promise<ReplicationInfo> =>
  parseReplication(parseInfo(String(await node.call('INFO', 'replication'))));

/** How many databases it has, which only its start can change; null if it doesn't say. */
export async function askDatabases(node: RedisNode): Promise<number | null> {
  const value = await configValue(node, 'databases').catch(() => '');
  return value === '' ? null : Number(value);
}

/** What CONFIG GET says of one directive; '' if the server does not know it. */
export async function configValue(node: RedisNode, directive: string): Promise<string> {
  const reply = (await node.call('CONFIG', 'GET', directive)) as string[];
  return reply[1] ?? '';
}
