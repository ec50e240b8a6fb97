/** The replication section of INFO, as typed facts. Pure. */

import { type Info, numberField, optionalNumber, parsePairs, textField } from './info.js';

export interface ReplicationInfo {
  readonly role: 'master' | 'replica';
  /** The replication id. Offsets compare only under the same one. */
  readonly id: string;
  /** The id before the last promotion, valid up to `secondOffset`; null if there is none. */
  readonly secondId: string | null;
  readonly secondOffset: number | null;
  /** How far into the stream (bytes): written on a master, applied on a replica. */
  readonly offset: number;
  /** The link to the node it replicates from; null on a master. */
  readonly link: LinkInfo | null;
  readonly replicas: readonly AttachedReplica[];
  readonly backlog: Backlog;
  /** Its `replica-priority`; null on a master, which doesn't tell. */
  readonly priority: number | null;
}

/** A replica's own view of its link. */
export interface LinkInfo {
  readonly host: string;
  readonly port: number;
  readonly up: boolean;
  /** A full resync is under way. */
  readonly syncing: boolean;
  /** Bytes received, whether applied or not; null before 7.0. */
  readonly readOffset: number | null;
  readonly readOnly: boolean;
  /** Since the master was last heard; null while the link is down. */
  readonly lastHeardSeconds: number | null;
  /** Null while the link is up, or if it was never up. */
  readonly downSeconds: number | null;
  /** Of the full resync's transfer; null if none runs or its size isn't known (diskless). */
  readonly syncLeftBytes: number | null;
  /** The same as a share; null also before 6.2, which doesn't tell the size. */
  readonly syncPercent: number | null;
}

/** A replica as its upstream sees it. */
export interface AttachedReplica {
  readonly address: string;
  /** 0 if the replica could not announce it (its user lacks +replconf): such a link can't confirm. */
  readonly port: number;
  /** `wait_bgsave`, `send_bulk` or `online`; newer servers know more. */
  readonly state: string;
  /** As last acknowledged, up to a second old: no barrier. */
  readonly offset: number;
  readonly lagSeconds: number;
}

/** What the node can still serve to a replica that comes back. Bytes. */
export interface Backlog {
  readonly active: boolean;
  readonly size: number;
  readonly firstByteOffset: number;
  readonly length: number;
}

/** What a reader of the stream calls itself: it has no data, and is nobody's replica. */
export const TAP_NAME = 'rrepl-tap';

const NO_ID = '0'.repeat(40);

export function parseReplication(info: Info): ReplicationInfo {
  const link = textField(info, 'role') === 'slave' ? parseLink(info) : null;
  const secondId = textField(info, 'master_replid2');
  return {
    role: link === null ? 'master' : 'replica',
    id: textField(info, 'master_replid'),
    secondId: secondId === NO_ID ? null : secondId,
    secondOffset: known(optionalNumber(info, 'second_repl_offset')),
    offset: numberField(info, link === null ? 'master_repl_offset' : 'slave_repl_offset'),
    link,
    replicas: parseReplicas(info),
    backlog: {
      active: info.get('repl_backlog_active') === '1',
      size: numberField(info, 'repl_backlog_size'),
      firstByteOffset: numberField(info, 'repl_backlog_first_byte_offset'),
      length: numberField(info, 'repl_backlog_histlen'),
    },
    priority: optionalNumber(info, 'slave_priority'),
  };
}

function parseLink(info: Info): LinkInfo {
  return {
    host: textField(info, 'master_host'),
    port: numberField(info, 'master_port'),
    up: info.get('master_link_status') === 'up',
    syncing: info.get('master_sync_in_progress') === '1',
    readOffset: optionalNumber(info, 'slave_read_repl_offset'),
    readOnly: info.get('slave_read_only') === '1',
    lastHeardSeconds: known(optionalNumber(info, 'master_last_io_seconds_ago')),
    downSeconds: parseDownSeconds(info),
    syncLeftBytes: known(optionalNumber(info, 'master_sync_left_bytes')),
    syncPercent: parseSyncPercent(info),
  };
}

/** A link that was never up is -1 seconds down, and in 6.0 down since 1970. */
function parseDownSeconds(info: Info): number | null {
  const seconds = known(optionalNumber(info, 'master_link_down_since_seconds'));
  return seconds !== null && seconds > 1_000_000_000 ? null : seconds;
}

function parseSyncPercent(info: Info): number | null {
  const total = optionalNumber(info, 'master_sync_total_bytes') ?? 0;
  const read = optionalNumber(info, 'master_sync_read_bytes') ?? 0;
  return total > 0 ? Math.min(100, (100 * read) / total) : null;
}

function parseReplicas(info: Info): AttachedReplica[] {
  const lines = [...info].filter(([name]) => /^slave\d+$/.test(name));
  const replicas = lines.map(([, line]) => {
    const fields = parsePairs(line);
    return {
      address: textField(fields, 'ip'),
      port: numberField(fields, 'port'),
      state: textField(fields, 'state'),
      offset: numberField(fields, 'offset'),
      lagSeconds: numberField(fields, 'lag'),
    };
  });
  return replicas.filter(({ address }) => address !== TAP_NAME);
}

/** Redis writes -1 for "not known", and counts down from it while a size isn't known. */
function known(value: number | null): number | null {
  return value === null || value < 0 ? null : value;
}
