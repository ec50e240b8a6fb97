/**
 * Which confirmed keys a topology must still have, and which nodes have a copy of them: in memory, as their
 * servers say, or on a disk from which a server would load them. Pure. Whatever is in doubt counts as no copy.
 */

export interface ServerLook {
  readonly role: 'master' | 'replica';
  readonly upstream: string | null;
  readonly linkUp: boolean;
  readonly keys: ReadonlySet<string>;
  /** It writes what it loads at its next start when it ends gracefully. */
  readonly savesOnExit: boolean;
  /** What it would load at its next start, as its redis.conf says. */
  readonly loads: 'aof' | 'rdb';
  /** That file has all that it has now. */
  readonly saved: boolean;
}

export interface NodeLook {
  readonly state: 'running' | 'paused' | 'stopped' | 'absent';
  /** Of a stopped one. */
  readonly exitCode: number;
  readonly networks: readonly string[];
  /** Whether its data volume or folder is there. */
  readonly hasDisk: boolean;
  /** Null if it does not answer. */
  readonly server: ServerLook | null;
}

export type Look = ReadonlyMap<string, NodeLook>;

interface Copies {
  readonly state: NodeLook['state'];
  readonly memory: ReadonlySet<string>;
  readonly disk: ReadonlySet<string>;
  readonly loads: ServerLook['loads'] | null;
  readonly savesOnExit: boolean;
}

const NONE: ReadonlySet<string> = new Set();
const NOWHERE: Copies = {
  state: 'absent',
  memory: NONE,
  disk: NONE,
  loads: null,
  savesOnExit: false,
};

export interface Model {
  /** Confirmed by WAIT, and not given up since. */
  readonly demanded: ReadonlySet<string>;
  readonly nodes: ReadonlyMap<string, Copies>;
}

export const NEW_MODEL: Model = { demanded: NONE, nodes: new Map() };

/** Who has done what led to a look: rrepl ends servers gracefully unless their exit code says otherwise. */
export type Doer = 'rrepl' | 'others';

/** The model after a move; what it no longer has a copy of is still demanded. */
export function afterLook(model: Model, look: Look, doer: Doer): Model {
  const names = new Set([...model.nodes.keys(), ...look.keys()]);
  const nodes = [...names].map((name): [string, Copies] => {
    const before = model.nodes.get(name) ?? NOWHERE;
    const now = look.get(name);
    return [name, now === undefined ? NOWHERE : copiesOf(before, now, doer)];
  });
  return { ...model, nodes: new Map(nodes) };
}

function copiesOf(before: Copies, now: NodeLook, doer: Doer): Copies {
  const { state, server } = now;
  if (state === 'running' && server !== null) {
    const { keys: memory, savesOnExit, loads, saved } = server;
    const kept = before.loads === loads ? both(before.disk, memory) : NONE;
    const disk = saved ? memory : kept;
    return { state, memory, disk: now.hasDisk ? disk : NONE, loads, savesOnExit };
  }
  const disk = now.hasDisk ? before.disk : NONE;
  // One that doesn't answer yet: rrepl is not excused by that, and nothing is demanded for it otherwise.
  if (state === 'running')
    return { ...before, state, disk, memory: doer === 'rrepl' ? before.memory : NONE };
  if (state === 'paused') return { ...before, state, disk };
  const ran = before.state === 'running' || before.state === 'paused';
  const graceful = state === 'stopped' ? now.exitCode === 0 : doer === 'rrepl';
  const savedNow = ran && graceful && before.savesOnExit && now.hasDisk;
  return { ...NOWHERE, loads: before.loads, state, disk: savedNow ? before.memory : disk };
}

const both = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((key) => b.has(key)));

/** What this node would still have, wherever it has it. */
export function keysOf(model: Model, node: string): ReadonlySet<string> {
  const { memory, disk } = model.nodes.get(node) ?? NOWHERE;
  return new Set([...memory, ...disk]);
}

/** Demanded keys of which no node has a copy. */
export function withoutCopy(model: Model): string[] {
  const kept = new Set([...model.nodes.keys()].flatMap((node) => [...keysOf(model, node)]));
  return [...model.demanded].filter((key) => !kept.has(key));
}

/** Demanded keys that not every node has. */
export function missingAtRest(model: Model, look: Look): string[] {
  const servers = [...look.values()].map(({ server }) => server);
  return [...model.demanded].filter((key) => servers.some((server) => !server?.keys.has(key)));
}

/** Demanded keys that a server had before and, though it answered all the time, has no more, as `redis-1: key`. */
export function lostWhileLiving(model: Model, before: Look, after: Look): string[] {
  return [...before].flatMap(([node, { server }]) => {
    const now = after.get(node)?.server;
    if (!server || !now) return [];
    return [...both(model.demanded, server.keys)]
      .filter((key) => !now.keys.has(key))
      .map((key) => `${node}: ${key}`);
  });
}

/** Keys that only these nodes had, none of them as a replica that answered: so nobody else could show that it is lost. */
export function onlyOn(
  nodes: readonly string[],
  before: Model,
  look: Look,
  keys: readonly string[],
): string[] {
  return keys.filter((key) => {
    const holders = [...before.nodes.keys()].filter((node) => keysOf(before, node).has(key));
    return holders.every(
      (node) => nodes.includes(node) && look.get(node)?.server?.role !== 'replica',
    );
  });
}

export const demanding = (model: Model, keys: readonly string[]): Model => ({
  ...model,
  demanded: new Set([...model.demanded, ...keys]),
});

export const without = (model: Model, keys: Iterable<string>): Model => {
  const given = new Set(keys);
  return { ...model, demanded: new Set([...model.demanded].filter((key) => !given.has(key))) };
};

/** The masters that answer, by name. */
export const mastersIn = (look: Look): string[] =>
  [...look].flatMap(([name, { server }]) => (server?.role === 'master' ? [name] : [])).sort();

/** Whether what was done has come to rest: every server answers, every link that can be up is up. */
export function isSteady(look: Look): boolean {
  return [...look.values()].every(({ state, server, networks }) => {
    if (state !== 'running') return true;
    if (server === null) return false;
    const upstream = server.upstream === null ? undefined : look.get(server.upstream);
    const reachable =
      upstream?.state === 'running' && networks.length > 1 && upstream.networks.length > 1;
    return server.linkUp || !reachable;
  });
}
