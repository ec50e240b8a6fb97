/**
 * What brings a node back to the role that it is to have: attached, awake, running, following.
 * Nothing that is well is touched. Pure.
 */
import { confValue } from '../config/conf-file.js';
import { networksOf } from '../docker/labels.js';
import { containerName } from '../docker/names.js';
import type { EngineNode, EngineTopology } from '../docker/topologies.js';
import { type ObservedNode, recordedHost, recordedUpstream } from '../observe/observed.js';
import { FENCE, FENCE_SETTING, QUIET_PERIOD } from '../redis/fence.js';
import type { TopologyNode } from '../topology/topology.js';
import { type Draft, upstreamReady } from './draft.js';
import { planFollow } from './failover.js';
import { allSetAside, planSalvage, planSetAside, wakesAlone } from './set-aside.js';

/** A node as it is there, and the one that will be the master. */
export interface Returning {
  readonly existing: ObservedNode;
  readonly master: ObservedNode | undefined;
  /** Its own on the replication network; null for none. */
  readonly address: string | null;
}

/** Whatever a node needs to have the role that `node.upstream` says: attached, awake, running, following. */
export function planReturn(
  draft: Draft,
  seen: EngineTopology,
  node: TopologyNode,
  returning: Returning,
): void {
  const { existing, master, address } = returning;
  planSalvage(draft, seen.name, existing, master);
  planAttachments(draft, seen, existing, address);
  if (existing.state === 'running' || existing.state === 'restarting') {
    planRole(draft, seen.name, node, existing);
    planSettings(draft, seen.name, existing);
  } else planWaking(draft, seen.name, node, returning);
}

export function planAttachments(
  draft: Draft,
  seen: EngineTopology,
  existing: EngineNode,
  address: string | null,
): void {
  const { name } = existing;
  const topology = seen.name;
  const attached = existing.container?.networks.map((network) => network.name) ?? [];
  const [control, replication] = networksOf(topology);
  for (const network of [control, replication]) {
    if (attached.includes(network)) continue;
    const base = {
      // Joined, it copies its upstream's data over its own at once.
      after: [...draft.on(network, 'createNetwork'), ...draft.of(name, 'setAside')],
      resource: containerName(topology, name),
      node: name,
      network,
      ...(network === replication ? { aliases: [name], address } : { aliases: [], address: null }),
    };
    // Made to look into its volumes, or by a run that was broken off.
    if (existing.container?.state === 'created') {
      draft.push({
        ...base,
        id: `attach ${network} ${name}`,
        kind: 'attachNetwork',
        cause: 'never started',
      });
      continue;
    }
    draft.push({
      ...base,
      id: `connect ${network} ${name}`,
      kind: 'connectNetwork',
      cause: `cut off from ${network}`,
      port: existing.container?.state === 'running' ? existing.port : null,
      peers: network === replication ? runningPeers(seen, name) : [],
    });
  }
}

const runningPeers = ({ nodes }: EngineTopology, node: string) =>
  nodes.flatMap(({ name, port, container }) =>
    name !== node && port !== null && container?.state === 'running' ? [{ node: name, port }] : [],
  );

/** A master that was replaced while it slept must not wake up as one: it is killed, and starts as a replica. */
function planWaking(
  draft: Draft,
  topology: string,
  node: TopologyNode,
  { existing, master }: Returning,
): void {
  const { name, state } = existing;
  const port = existing.port ?? 0;
  const base = { resource: containerName(topology, name), node: name };
  const recorded = recordedUpstream(existing);
  const isRecorded = recordedHost(existing) === draft.hostOf(node.upstream);
  const replaced = recorded === null && node.upstream !== null;
  const attached = draft.of(name, 'attachNetwork', 'connectNetwork');
  if (state === 'paused' && !replaced) {
    const isolated = wakesAlone(existing, master);
    if (isolated) {
      const [, network] = networksOf(topology);
      const cause = `awake, it would copy ${master?.name}'s data over its own before they are looked at`;
      draft.push({ ...base, id: `cut ${name}`, after: [], kind: 'cutNetwork', cause, network });
    }
    draft.push({
      ...base,
      id: `unpause ${name}`,
      kind: 'unpauseContainer',
      cause: 'it is paused',
      after: isolated ? draft.of(name, 'cutNetwork') : attached,
    });
    if (!isRecorded) {
      const cause = `its redis.conf says replica of ${recordedHost(existing)}`;
      planFollow(draft, topology, node, port, cause);
    }
    return;
  }
  if (state === 'paused') {
    const cause = 'it was replaced while it was paused: what only its memory has is lost';
    draft.push({
      ...base,
      id: `kill ${name}`,
      kind: 'killContainer',
      cause,
      after: [...attached, ...draft.of(name, 'salvage')],
    });
  }
  planSetAside(draft, topology, existing, master, null);
  if (!isRecorded) {
    const cause = `its redis.conf says ${recorded === null ? 'master' : `replica of ${recordedHost(existing)}`}`;
    const after = draft.of(name, 'killContainer', 'setAside');
    draft.push({
      ...base,
      id: `role ${name}`,
      kind: 'writeRole',
      cause,
      after,
      upstream: node.upstream,
      host: draft.hostOf(node.upstream),
    });
  }
  draft.push({
    ...base,
    id: `start ${name}`,
    kind: 'startContainer',
    cause: `it is ${state === 'paused' ? 'killed' : state}`,
    after: [
      ...attached,
      ...draft.of(name, 'killContainer', 'writeRole', 'setAside', 'salvage'),
      ...(node.upstream === null ? allSetAside(draft) : upstreamReady(draft, node)),
    ],
  });
}

function planRole(
  draft: Draft,
  topology: string,
  node: TopologyNode,
  existing: ObservedNode,
): void {
  const { name, server, config, upstream } = existing;
  const port = existing.port ?? 0;
  if (server === null || draft.of(name, 'promote').length > 0) return;
  const { role, link } = server.replication;
  const host = draft.hostOf(node.upstream);
  if (node.upstream !== null && (upstream !== node.upstream || link?.host !== host)) {
    const named = `${host === node.upstream ? ' by an address that may change' : ' by its name'}`;
    const how = upstream === node.upstream ? named : '';
    const cause = role === 'master' ? 'it is a second master' : `it follows ${upstream}${how}`;
    planFollow(draft, topology, node, port, cause);
  } else if (config !== null && recordedHost(existing) !== host) {
    const cause = 'its redis.conf says otherwise, so a restart would change its role';
    const base = { resource: containerName(topology, name), node: name, port };
    draft.push({ ...base, id: `durable ${name}`, kind: 'makeDurable', cause, after: [] });
  }
}

/** What a switchover sets for milliseconds, and what a server has if its file does not say (src/config.c). */
const SETTINGS = [
  { setting: FENCE_SETTING, left: FENCE, standard: '0', running: 'minReplicasToWrite' },
  {
    setting: 'repl-ping-replica-period',
    left: QUIET_PERIOD,
    standard: '10',
    running: 'pingPeriod',
  },
] as const;

function planSettings(
  draft: Draft,
  topology: string,
  { name, port, server, config }: ObservedNode,
): void {
  for (const { setting, left, standard, running } of SETTINGS) {
    const now = server?.[running];
    const isFenced = setting === FENCE_SETTING && draft.of(name, 'salvage').length > 0;
    if (now === undefined || (now !== left && !isFenced)) continue;
    const inFile = confValue(config ?? '', setting);
    const before = inFile === '' || inFile === left ? standard : inFile;
    draft.push({
      id: `restore ${setting} ${name}`,
      after: draft.of(name, 'salvage', 'follow'),
      kind: 'restoreSetting',
      resource: containerName(topology, name),
      cause: now === left ? `a switchover left it at ${left}` : 'writes were refused meanwhile',
      node: name,
      port: port ?? 0,
      setting,
      value: now === left ? before : now,
    });
  }
}
