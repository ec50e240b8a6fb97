/** What a sentinel says, and what it is told. It speaks the protocol of a server, and other commands. */
import { parseInfo, parseServer, type ServerFacts } from './info.js';
import type { RedisNode } from './node.js';

/** What a sentinel believes of a server or of another sentinel. */
export interface SentinelView {
  readonly host: string;
  readonly port: number;
  /** '' while it has never answered. */
  readonly runId: string;
  /** As Sentinel has them: `master`, `s_down`, `o_down`, `disconnected`. */
  readonly flags: readonly string[];
  /** Milliseconds since a PING that is not answered yet; 0 if none is open. */
  readonly lastPingSentMs: number;
  readonly fields: ReadonlyMap<string, string>;
}

export interface SentinelMaster extends SentinelView {
  readonly quorum: number;
  readonly configEpoch: number;
  readonly replicas: number;
  readonly otherSentinels: number;
}

export interface SentinelFacts {
  readonly server: ServerFacts;
  /** It trusts no clock and takes part in nothing for 30 s. */
  readonly tilt: boolean;
  /** What it monitors under the topology's name; null if nothing. */
  readonly master: SentinelMaster | null;
  readonly replicas: readonly SentinelView[];
  readonly sentinels: readonly SentinelView[];
}

export async function askSentinel(node: RedisNode, master: string): Promise<SentinelFacts> {
  const [info, masters] = await Promise.all([
    node.call('INFO'),
    node.call('SENTINEL', 'MASTERS') as Promise<string[][]>,
  ]);
  const parsed = parseInfo(String(info));
  const found = masters.map(toFields).find((it) => it.get('name') === master);
  const [replicas, sentinels] =
    found === undefined
      ? [[], []]
      : await Promise.all([
          node.call('SENTINEL', 'SLAVES', master) as Promise<string[][]>,
          node.call('SENTINEL', 'SENTINELS', master) as Promise<string[][]>,
        ]);
  return {
    server: parseServer(parsed),
    tilt: parsed.get('sentinel_tilt') === '1',
    master: found === undefined ? null : toMaster(found),
    replicas: replicas.map((it) => toView(toFields(it))),
    sentinels: sentinels.map((it) => toView(toFields(it))),
  };
}

/** What clients ask for, with its state; null if it monitors no such master. */
export async function askMonitored(
  node: RedisNode,
  master: string,
): Promise<SentinelMaster | null> {
  const masters = (await node.call('SENTINEL', 'MASTERS')) as string[][];
  const found = masters.map(toFields).find((it) => it.get('name') === master);
  return found === undefined ? null : toMaster(found);
}

function toFields(flat: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  return fields;
}

const numberIn = (fields: ReadonlyMap<string, string>, name: string): number =>
  Number(fields.get(name) ?? 0);

const toView = (fields: ReadonlyMap<string, string>): SentinelView => ({
  host: fields.get('ip') ?? '',
  port: numberIn(fields, 'port'),
  runId: fields.get('runid') ?? '',
  flags: (fields.get('flags') ?? '').split(','),
  lastPingSentMs: numberIn(fields, 'last-ping-sent'),
  fields,
});

const toMaster = (fields: ReadonlyMap<string, string>): SentinelMaster => ({
  ...toView(fields),
  quorum: numberIn(fields, 'quorum'),
  configEpoch: numberIn(fields, 'config-epoch'),
  replicas: numberIn(fields, 'num-slaves'),
  otherSentinels: numberIn(fields, 'num-other-sentinels'),
});

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Its place among the sentinels, and the id that stays. */
export interface SentinelPlace extends Place {
  readonly id: string;
}

export interface Hello {
  readonly from: SentinelPlace;
  /** Of the topology. */
  readonly name: string;
  readonly master: Place;
  /** A higher one than it has makes a sentinel take over the master that is named; an equal one is ignored. */
  readonly epoch: number;
}

/** What another sentinel would publish on the master: whoever gets it knows that one at once. */
export async function sayHello(
  sentinel: RedisNode,
  { from, name, master, epoch }: Hello,
): Promise<void> {
  const words = [from.host, from.port, from.id, epoch, name, master.host, master.port, epoch];
  await sentinel.call('PUBLISH', '__sentinel__:hello', words.join(','));
}

export interface Monitoring {
  readonly name: string;
  readonly master: Place;
  readonly quorum: number;
  /** For SENTINEL SET, quorum not among them. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** What it was told of this master, as it is told again; the quorum and the login are not among them. */
export const settingsIn = ({ fields }: SentinelMaster): Monitoring['settings'] =>
  ['down-after-milliseconds', 'failover-timeout', 'parallel-syncs'].flatMap((name) => {
    const value = fields.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });

/** Begins to monitor, and forgets all that it knew of a master of this name. */
export async function monitorAnew(
  sentinel: RedisNode,
  { name, master, quorum, settings }: Monitoring,
): Promise<void> {
  // Of a master that it does not know it says so, and that is well.
  await sentinel.call('SENTINEL', 'REMOVE', name).catch(() => {});
  // In one write: a sentinel of 6.0 that dials the master between the two, before it knows how to log
  // in, finds it down, tries to fail over, and dials again after 15 s only.
  await Promise.all([
    sentinel.call('SENTINEL', 'MONITOR', name, master.host, master.port, quorum),
    setSettings(sentinel, name, settings),
  ]);
}

/** All in one command, which every version takes. */
export async function setSettings(
  sentinel: RedisNode,
  name: string,
  settings: Monitoring['settings'],
): Promise<void> {
  if (settings.length > 0) await sentinel.call('SENTINEL', 'SET', name, ...settings.flat());
}
