/**
 * Takes a decision back: the data that are set aside on a node become the topology's again. The
 * node is the master, everything else is copied from it; what others would lose by that, and what
 * the node itself holds now, is set aside in turn. Pure.
 */
import { confValue } from '../config/conf-file.js';
import { containerName } from '../docker/names.js';
import { hostsIn } from '../docker/topologies.js';
import { type Observed, type ObservedNode, recordedUpstream } from '../observe/observed.js';
import type { TopologyNode } from '../topology/topology.js';
import { Draft, planWaits, portsOf, upstreamReady } from './draft.js';
import type { Plan } from './plan.js';
import { planAttachments } from './return.js';
import { inOrder } from './roles.js';

export interface Restoring {
  readonly node: string;
  /** When its data were set aside, as ISO 8601. */
  readonly at: string;
  /** Which of the files that are set aside holds all of them. */
  readonly loads: 'aof' | 'rdb';
}

/** Any: with one a server saves as it stops. */
const SAVE_POINT = '3600 1';

export function restore(observed: Observed, restoring: Restoring): Plan {
  const { name: topology } = observed;
  const draft = new Draft(hostsIn(observed));
  const { node, at } = restoring;
  const cause = `${node} goes back to its data of ${at}`;
  // A container that never got its redis.conf holds no data and can't be started: that is for `up`.
  const able = observed.nodes.filter(({ config }) => config !== null);
  const losing = able.filter((it) => it.name !== node && !isCopy(it)).map(({ name }) => name);
  planStops(draft, topology, able, { saving: [node, ...losing], cause });
  for (const name of losing) {
    draft.push({
      id: `setAside ${name}`,
      after: draft.all(),
      kind: 'setAside',
      resource: containerName(topology, name),
      node: name,
      port: null,
      topology,
      cause,
    });
  }
  draft.push({
    id: `swap ${node}`,
    after: draft.all(),
    kind: 'swapSetAside',
    resource: containerName(topology, node),
    node,
    topology,
    cause,
  });
  for (const it of newRoles(able, node)) planStart(draft, observed, it, restoring);
  return { topology, steps: draft.steps, first: [], notes: [] };
}

/** What it holds another server holds too: the one that it follows. */
const isCopy = ({ server }: ObservedNode): boolean =>
  server?.replication.role === 'replica' && server.replication.link?.up === true;

function planStops(
  draft: Draft,
  topology: string,
  nodes: readonly ObservedNode[],
  { saving, cause }: { readonly saving: readonly string[]; readonly cause: string },
): void {
  const up = nodes.filter(({ state }) => ['running', 'paused', 'restarting'].includes(state));
  const base = ({ name }: ObservedNode) => ({
    resource: containerName(topology, name),
    node: name,
    cause,
  });
  for (const it of up.filter(({ state }) => state === 'paused')) {
    draft.push({ ...base(it), id: `unpause ${it.name}`, after: [], kind: 'unpauseContainer' });
  }
  for (const it of up.filter(({ name }) => saving.includes(name))) {
    if (it.server === null && it.state !== 'paused') continue;
    draft.push({
      ...base(it),
      id: `save ${it.name}`,
      after: draft.of(it.name, 'unpauseContainer'),
      kind: 'setConfig',
      cause: 'so that it saves as it stops',
      port: it.port ?? 0,
      settings: [{ name: 'save', value: SAVE_POINT }],
    });
  }
  const prepared = draft.all();
  for (const it of up) {
    draft.push({ ...base(it), id: `stop ${it.name}`, after: prepared, kind: 'stopContainer' });
  }
}

/** Whoever follows another replica goes on with that; all the rest follow the new master. Master first. */
function newRoles(nodes: readonly ObservedNode[], master: string): readonly TopologyNode[] {
  const to = (name: string, upstream: string | null): TopologyNode => ({
    name,
    upstream,
    directives: [],
  });
  const below = (node: ObservedNode): TopologyNode => {
    const { name } = node;
    if (name === master) return to(name, null);
    const above = nodes.find((it) => it.name === recordedUpstream(node));
    const isReplica = above !== undefined && recordedUpstream(above) !== null;
    return to(name, isReplica ? above.name : master);
  };
  const flat = nodes.map(({ name }) => to(name, name === master ? null : master));
  return inOrder(nodes.map(below)) ?? inOrder(flat) ?? [];
}

function planStart(
  draft: Draft,
  observed: Observed,
  node: TopologyNode,
  { loads, at }: Restoring,
): void {
  const { name, upstream } = node;
  const { name: topology } = observed;
  const existing = observed.nodes.find((it) => it.name === name);
  const config = existing?.config ?? '';
  const ports = portsOf(observed);
  const cause = upstream === null ? `its data of ${at} count` : `replica of ${upstream}`;
  const base = { resource: containerName(topology, name), node: name, cause };
  if (existing) {
    planAttachments(draft, { ...observed, nodes: [] }, existing, existing.fixedAddress);
  }
  const swapped = draft.ofKind('swapSetAside');
  draft.push({
    ...base,
    id: `role ${name}`,
    after: swapped,
    kind: 'writeRole',
    upstream,
    host: draft.hostOf(upstream),
  });
  const [wanted, loaded] = [aofIn(config), loads === 'aof' ? 'yes' : 'no'] as const;
  const other = upstream === null && wanted !== loaded;
  if (other) {
    draft.push({
      ...base,
      id: `aof ${name}`,
      after: draft.of(name, 'writeRole'),
      kind: 'writeSetting',
      cause: `its data are in the ${loads === 'aof' ? 'AOF' : 'RDB'}`,
      setting: 'appendonly',
      value: loaded,
    });
  }
  draft.push({
    ...base,
    id: `start ${name}`,
    after: [
      ...draft.of(name, 'writeRole', 'writeSetting', 'attachNetwork', 'connectNetwork'),
      ...upstreamReady(draft, node),
    ],
    kind: 'startContainer',
  });
  planWaits(draft, topology, node, ports);
  if (other) {
    draft.push({
      ...base,
      id: `appendonly ${name}`,
      after: draft.of(name, 'waitReady'),
      kind: 'setAppendOnly',
      cause: 'its redis.conf said so',
      port: ports.get(name) ?? 0,
      value: wanted,
    });
  }
}

const aofIn = (config: string): 'yes' | 'no' =>
  confValue(config, 'appendonly') === 'yes' ? 'yes' : 'no';
