/** Each sentinel with what it is to be, what there is of it and what differs. Pure. */
import type { Access } from '../access/access.js';
import { type ConfigChange, changeText, configChanges } from '../config/config-change.js';
import type { Directive } from '../config/directive.js';
import {
  isOfMaster,
  masterSettings,
  SENTINEL_PORT,
  type SentinelRecord,
  sentinelId,
} from '../config/sentinel-conf.js';
import { recordIn } from '../config/wish-record.js';
import type { ObservedForWish, ObservedSentinel } from '../observe/observed.js';
import type { Monitoring, SentinelPlace } from '../redis/sentinel.js';
import { REDIS_PORT, type SentinelNode, type Topology } from '../topology/topology.js';
import { containerChanges, type NodeChange } from './node-change.js';

export interface SentinelWork {
  readonly topology: Topology;
  readonly access: Access | null;
  readonly node: SentinelNode;
  readonly port: number;
  /** Which host of the replication network's subnet it is, and its address there. */
  readonly host: number | null;
  readonly address: string;
  /** What clients call it beside its name and this machine's: its certificate is for these too. */
  readonly otherHosts: readonly string[];
  readonly existing: ObservedSentinel | undefined;
  readonly change: NodeChange;
  readonly observed: ObservedForWish;
  /** Whom its container starts as; null for the image's own. */
  readonly user: string | null;
}

/** `set`: SENTINEL SET takes it. `restart`: it reads it at its start. */
export function sentinelChange(
  topology: Topology,
  node: SentinelNode,
  existing: ObservedSentinel | undefined,
  port: number,
): NodeChange {
  if (existing === undefined) return { way: 'none', cause: '', settings: [] };
  const { container, config } = existing;
  const before = config === null ? node.directives : recordIn(config).directives;
  const asked = configChanges(before, node.directives);
  const drift = driftOf(existing, node.directives);
  const settings = [...asked, ...drift.filter((it) => !asked.some(({ name }) => name === it.name))];
  const outer = container === null ? [] : containerChanges(topology, container, existing, port);
  const cause = [...outer, ...settings.map(changeText)].join(', ');
  if (outer.length > 0) return { way: 'recreate', cause, settings };
  if (settings.some((it) => !isOfMaster(it))) return { way: 'restart', cause, settings };
  return { way: settings.length > 0 ? 'set' : 'none', cause, settings };
}

/** What SENTINEL SET has made of what was asked for: as it is, and as it is to be again. */
export const driftOf = (
  { facts }: Pick<ObservedSentinel, 'facts'>,
  wanted: readonly Directive[],
): ConfigChange[] =>
  wanted.filter(isOfMaster).flatMap(({ name, args: [to = ''] }) => {
    const from = facts?.master?.fields.get(name) ?? to;
    return from === to ? [] : [{ name, from, to }];
  });

/** What SENTINEL SET is to say of these; one that is wanted no more is as if it had never been said. */
export const settingsOf = (changes: readonly ConfigChange[]): Monitoring['settings'] =>
  changes.filter(isOfMaster).map(({ name, to }) => [name, to ?? '0']);

export const monitoringOf = (
  name: string,
  master: string,
  quorum: number,
  directives: readonly Directive[],
): Monitoring => ({
  name,
  master: { host: master, port: REDIS_PORT },
  quorum,
  settings: masterSettings(directives).map(({ name: setting, args }) => [setting, args[0] ?? '']),
});

export const placeOf = ({ topology, node, address }: SentinelWork): SentinelPlace => ({
  host: address,
  port: SENTINEL_PORT,
  id: sentinelId(topology.name, node.name),
});

export const recordOf = ({ topology, node, port }: SentinelWork): SentinelRecord => ({
  image: topology.image,
  port,
  directives: node.directives,
});

/** Whom a sentinel knows, by addresses: as it says, else as its file does. */
export interface Remembered {
  readonly master: string | null;
  readonly replicas: readonly string[];
  readonly sentinels: readonly string[];
}

export function remembered({ facts, config }: ObservedSentinel): Remembered {
  if (facts !== null) {
    const hosts = (views: typeof facts.replicas) => views.map(({ host }) => host);
    const { master, replicas, sentinels } = facts;
    return {
      master: master?.host ?? null,
      replicas: hosts(replicas),
      sentinels: hosts(sentinels),
    };
  }
  const lines = (config ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const hostsIn = (...words: readonly string[]) =>
    lines.flatMap(([first, second = '', , host = '']) =>
      first === 'sentinel' && words.includes(second) ? [host] : [],
    );
  return {
    master: hostsIn('monitor')[0] ?? null,
    replicas: hostsIn('known-replica', 'known-slave'),
    sentinels: hostsIn('known-sentinel'),
  };
}
