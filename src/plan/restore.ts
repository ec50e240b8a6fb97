/**
 * Takes a decision back: the data that are set aside on a node become the topology's again. The
 * node is the master, everything else is copied from it; what others would lose by that, and what
 * the node itself holds now, is set aside in turn. Pure.
 */
import { confValue } from '../config/conf-file.js';
import { upstreamIn } from '../config/upstream.js';
import { containerName } from '../docker/names.js';
import type { ObservedTopology } from '../docker/observe.js';
import type { TopologyNode } from '../topology/topology.js';
import { Draft, planWaits, upstreamReady } from './draft.js';
import { planAttachments } from './heal.js';
import type { NodeFacts } from './node-facts.js';
import type { Plan } from './plan.js';
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

export function restore(
  topology: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  restoring: Restoring,
): Plan {
  const draft = new Draft();
  const { node, at } = restoring;
  const cause = `${node} goes back to its data of ${at}`;
  // A container that never got its redis.conf holds no data and can't be started: that is for `up`.
  const able = nodeFacts.filter(({ config }) => config !== null);
  const losing = able.filter((it) => it.name !== node && !isCopy(it)).map(({ name }) => name);
  planStops(draft, topology, able, { saving: [node, ...losing], cause });
  for (const name of losing) {
    draft.push({
      id: `setAside ${name}`,
      after: draft.all(),
      kind: 'setAside',
      resource: containerName(topology.name, name),
      node: name,
      port: null,
      topology: topology.name,
      cause,
    });
  }
  draft.push({
    id: `swap ${node}`,
    after: draft.all(),
    kind: 'swapSetAside',
    resource: containerName(topology.name, node),
    node,
    topology: topology.name,
    cause,
  });
  for (const it of newRoles(able, node)) planStart(draft, topology, able, it, restoring);
  return { topology: topology.name, steps: draft.steps, notes: [] };
}

/** What it holds another server holds too: the one that it follows. */
const isCopy = ({ server }: NodeFacts): boolean =>
  server?.replication.role === 'replica' && server.replication.link?.up === true;

function planStops(
  draft: Draft,
  topology: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  { saving, cause }: { readonly saving: readonly string[]; readonly cause: string },
): void {
  const up = nodeFacts.filter(({ state }) => ['running', 'paused', 'restarting'].includes(state));
  const base = ({ name }: NodeFacts) => ({
    resource: containerName(topology.name, name),
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
      port: portOf(topology, it.name),
      settings: [{ name: 'save', value: SAVE_POINT }],
    });
  }
  const prepared = draft.all();
  for (const it of up) {
    draft.push({ ...base(it), id: `stop ${it.name}`, after: prepared, kind: 'stopContainer' });
  }
}

const portOf = ({ nodes }: ObservedTopology, name: string): number =>
  nodes.find((it) => it.name === name)?.port ?? 0;

/** Whoever follows another replica goes on with that; all the rest follow the new master. Master first. */
function newRoles(nodeFacts: readonly NodeFacts[], master: string): readonly TopologyNode[] {
  const to = (name: string, upstream: string | null): TopologyNode => ({
    name,
    upstream,
    directives: [],
  });
  const below = ({ name, config }: NodeFacts): TopologyNode => {
    if (name === master) return to(name, null);
    const recorded = upstreamIn(config ?? '');
    const above = nodeFacts.find((it) => it.name === recorded);
    const isReplica = above !== undefined && upstreamIn(above.config ?? '') !== null;
    return to(name, isReplica ? above.name : master);
  };
  const flat = nodeFacts.map(({ name }) => to(name, name === master ? null : master));
  return inOrder(nodeFacts.map(below)) ?? inOrder(flat) ?? [];
}

function planStart(
  draft: Draft,
  topology: ObservedTopology,
  nodeFacts: readonly NodeFacts[],
  node: TopologyNode,
  { loads, at }: Restoring,
): void {
  const { name, upstream } = node;
  const existing = topology.nodes.find((it) => it.name === name);
  const config = nodeFacts.find((it) => it.name === name)?.config ?? '';
  const ports = new Map(topology.nodes.map((it) => [it.name, it.port ?? 0]));
  const cause = upstream === null ? `its data of ${at} count` : `replica of ${upstream}`;
  const base = { resource: containerName(topology.name, name), node: name, cause };
  if (existing) planAttachments(draft, { ...topology, nodes: [] }, node, existing);
  const swapped = draft.ofKind('swapSetAside');
  draft.push({ ...base, id: `role ${name}`, after: swapped, kind: 'writeRole', upstream });
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
  planWaits(draft, topology.name, node, ports);
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
