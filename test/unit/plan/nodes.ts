/** Nodes that something has happened to, as `heal` is told of them. */

import type { EngineNode } from '../../../src/docker/topologies.js';
import type { ObservedNode, ObservedTopology } from '../../../src/observe/observed.js';
import { upstreamName } from '../../../src/observe/upstream-name.js';
import type { AofFacts, RdbFacts } from '../../../src/psync/disk.js';
import type { ServerEnd } from '../../../src/psync/server-end.js';
import { parseInfo } from '../../../src/redis/info.js';
import { parseReplication } from '../../../src/redis/replication-info.js';
import { type InfoWish, info } from '../../support/fake-redis.js';
import { engineTopology, node, topology } from '../../support/topologies.js';

export interface Given {
  readonly state?: 'running' | 'paused' | 'exited' | 'created' | 'dead';
  /** What is on its disk while it does not answer; nothing unless told otherwise. */
  readonly rdb?: Partial<RdbFacts>;
  readonly aof?: Partial<AofFacts>;
  readonly end?: ServerEnd;
  readonly endedAtMs?: number;
  readonly runningSinceMs?: number;
  readonly heardMs?: number;
  readonly aofHolds?: ObservedNode['aofHolds'];
  /** The upstream in its file; null for a master. */
  readonly file: string | null;
  readonly noFile?: boolean;
  /** More lines of its file. */
  readonly conf?: string;
  /** Whom its server follows; the same as its file unless told otherwise. */
  readonly follows?: string | null;
  readonly server?: Omit<InfoWish, 'upstream'> & {
    readonly secondId?: string;
    readonly secondOffset?: number;
  };
  /** It runs and does not answer. */
  readonly silent?: boolean;
  readonly minReplicasToWrite?: string;
  readonly pingPeriod?: string;
  /** Networks that it is attached to. */
  readonly networks?: readonly string[];
}

export type Group = Readonly<Record<string, Given>>;

/** At the moment of which all other times here are. */
export const NOW = Date.parse('2026-01-01T12:00:00Z');

const RDB: RdbFacts = {
  path: 'dump.rdb',
  bytes: 100,
  modifiedMs: NOW,
  format: 9,
  writer: { product: 'redis', version: '6.0.16' },
  createdMs: NOW,
  origin: null,
  keys: 3,
};

const AOF: AofFacts = {
  path: 'appendonly.aof',
  files: ['appendonly.aof'],
  bytes: 100,
  modifiedMs: NOW,
  format: null,
  writer: null,
  beganEmpty: false,
};

const SOFTWARE = { product: 'redis', version: '6.0.16' } as const;
const SAVE = 'save 3600 1\nappendonly no\n';

/** A topology of these nodes, all of them with a container. */
export function observed(group: Group): ObservedTopology {
  const wanted = topology({ nodes: Object.keys(group).map((name) => node(name, null)) });
  const changes = Object.entries(group).map(([name, { state = 'running', networks }]) => {
    const attached = networks?.map((it) => ({ name: it, address: '' }));
    return [name, { state, ...(attached && { networks: attached }) }];
  });
  const seen = engineTopology(wanted, Object.fromEntries(changes));
  return { ...seen, nodes: seen.nodes.map((it) => observedNode(group, it)), access: null };
}

export const nodesOf = (group: Group): readonly ObservedNode[] => observed(group).nodes;

function observedNode(group: Group, seen: EngineNode): ObservedNode {
  const given = group[seen.name] as Given;
  const { state = 'running', file, conf = SAVE, server: wish = {} } = given;
  const follows = given.follows === undefined ? file : given.follows;
  const runs = state === 'running' && !given.silent;
  const { secondId = '0'.repeat(40), secondOffset = -1, ...rest } = wish;
  const text = info({ ...rest, ...(follows === null ? {} : { upstream: follows }) });
  const replication = parseReplication(
    parseInfo(
      text
        .replace(/master_replid2:.*/, `master_replid2:${secondId}`)
        .replace(/second_repl_offset:.*/, `second_repl_offset:${secondOffset}`),
    ),
  );
  const { minReplicasToWrite = '0', pingPeriod = '10' } = given;
  const names = Object.keys(group).map((name) => ({ name, address: null, fixedAddress: null }));
  return {
    ...seen,
    server: runs
      ? {
          software: SOFTWARE,
          replication,
          minReplicasToWrite,
          pingPeriod,
          startedAtMs: 0,
          aofEnabled: false,
        }
      : null,
    config: given.noFile ? null : `${conf}${file === null ? '' : `replicaof ${file} 6379\n`}`,
    upstream: runs && replication.link ? upstreamName(names, replication.link) : null,
    heardMs: given.heardMs ?? (runs && replication.link ? NOW : null),
    disk: runs
      ? null
      : {
          rdb: given.rdb ? { ...RDB, ...given.rdb } : null,
          aof: given.aof ? { ...AOF, ...given.aof } : null,
          strange: null,
        },
    end: given.end ?? null,
    endedAtMs: given.endedAtMs ?? null,
    runningSinceMs: given.runningSinceMs ?? (state === 'paused' ? NOW : null),
    aofHolds: given.aofHolds ?? null,
    image: null,
  };
}
