/**
 * What a server may use, and how much of it the replication backlog takes: the backlog counts
 * towards maxmemory. 6.0 allocates all of it as soon as a replica attaches, from 7.0 on it grows
 * as writes come. Pure.
 */
import type { Note } from '../errors.js';
import { bytes } from '../format.js';
import type { Settings } from '../wish-facts.js';
import { confValue } from './conf-file.js';
import type { ConfigChange } from './config-change.js';
import type { Directive } from './directive.js';
import { canonicalName } from './directives.js';

const KB = 2 ** 10;
const MB = 2 ** 20;

/** `memtoll` (src/util.c) */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1000],
  ['kb', KB],
  ['m', 1000 ** 2],
  ['mb', MB],
  ['g', 1000 ** 3],
  ['gb', KB * MB],
]);

/** The backlog where nothing limits it. */
const WIDEST = '64mb';

/** What a server without data uses beside its backlog: 0.8 to 1.1 MB were seen on 6.0 to valkey 8.1. */
const EMPTY_SERVER = MB;

const REFUSED = 'every write would be refused, or every key evicted';

/** Bytes, as redis.conf has them: `50mb`, `50m`, `52428800`. Null if that is no size. */
export function confBytes(text: string): number | null {
  const [, digits, unit = ''] = /^(\d+)([a-z]*)$/.exec(text.toLowerCase()) ?? [];
  const factor = UNITS.get(unit);
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}

/** Of a redis.conf, in bytes; null if there is no limit. */
const maxmemoryIn = (conf: string): number | null =>
  confBytes(confValue(conf, 'maxmemory')) || null;

/**
 * `repl-backlog-size` where nobody says it: a quarter of maxmemory at most, and an eighth of what
 * the container may use, because maxmemory is best half of that.
 * @param conf a redis.conf that says maxmemory, if anything does.
 */
export function defaultBacklog(conf: string, memoryBytes: number | null): string {
  return backlogWithin(maxmemoryIn(conf), memoryBytes);
}

function backlogWithin(maxmemory: number | null, memoryBytes: number | null): string {
  const most = Math.min((maxmemory ?? Infinity) / 4, (memoryBytes ?? Infinity) / 8);
  return most >= (confBytes(WIDEST) ?? 0) ? WIDEST : `${Math.max(1, Math.floor(most / MB))}mb`;
}

const SAYS_MEMORY: ReadonlySet<string> = new Set(['maxmemory', 'repl-backlog-size']);

export const isAboutMemory = ({ name }: { readonly name: string }): boolean =>
  SAYS_MEMORY.has(canonicalName(name));

/**
 * What was asked of a node, without a backlog that is the default: of what was asked, or where
 * nothing limits it. So it is computed anew where the limits change.
 */
export function withoutDefaultBacklog(
  directives: readonly Directive[],
  memoryBytes: number | null,
): readonly Directive[] {
  const said = (name: string) => directives.findLast((it) => it.name === name)?.args[0] ?? '';
  const maxmemory = confBytes(said('maxmemory')) || null;
  const defaults = [WIDEST, backlogWithin(maxmemory, memoryBytes)];
  return defaults.includes(said('repl-backlog-size'))
    ? directives.filter(({ name }) => name !== 'repl-backlog-size')
    : directives;
}

/** Why a server with this redis.conf can't work with its backlog, and could with a smaller one; or null. */
export function memoryProblem(conf: string, memoryBytes: number | null): Note | null {
  const maxmemory = maxmemoryIn(conf);
  const said = confValue(conf, 'repl-backlog-size');
  const backlog = confBytes(said) ?? 0;
  const fitting = backlogWithin(maxmemory, memoryBytes);
  if (backlog <= (confBytes(fitting) ?? 0)) return null;
  const settings = { 'repl-backlog-size': fitting };
  if (maxmemory !== null && backlog + EMPTY_SERVER >= maxmemory) {
    return tight(
      `repl-backlog-size ${said} counts towards maxmemory ${bytes(maxmemory)}: ${REFUSED}`,
      settings,
    );
  }
  if (memoryBytes !== null && backlog >= memoryBytes) {
    return tight(
      `repl-backlog-size ${said} is all of the ${bytes(memoryBytes)} that the container may use: the server would be killed before it is full`,
      settings,
    );
  }
  return null;
}

const tight = (text: string, settings: Settings): Note => ({
  text,
  about: { code: 'tight-memory', settings },
});

/** What leaves little room, and what leaves none. */
export function memoryWarnings(conf: string, memoryBytes: number | null): Note[] {
  const problem = memoryProblem(conf, memoryBytes);
  if (problem !== null) return [problem];
  const maxmemory = maxmemoryIn(conf);
  const backlog = confBytes(confValue(conf, 'repl-backlog-size')) ?? 0;
  return [
    ...(maxmemory === null ? [] : backlogWarning(maxmemory, backlog, memoryBytes)),
    ...(memoryBytes === null ? [] : containerWarning(memoryBytes, backlog, maxmemory)),
  ];
}

function backlogWarning(maxmemory: number, backlog: number, memoryBytes: number | null): Note[] {
  if (backlog + EMPTY_SERVER >= maxmemory) {
    const text = `maxmemory ${bytes(maxmemory)} is taken by an empty server and a backlog of ${bytes(backlog)}: ${REFUSED}`;
    return [tight(text, { maxmemory: '4mb' })];
  }
  if (backlog <= maxmemory / 2) return [];
  const text = `the backlog may take ${bytes(backlog)} of maxmemory ${bytes(maxmemory)} and leave ${bytes(maxmemory - backlog)} for data`;
  return [tight(text, { 'repl-backlog-size': backlogWithin(maxmemory, memoryBytes) })];
}

/** Half of the container is for the backlog, for saving and for what else a server needs. */
function containerWarning(memoryBytes: number, backlog: number, maxmemory: number | null): Note[] {
  const half = Math.floor(memoryBytes / 2 / MB);
  const settings = {
    maxmemory: `${half}mb`,
    ...(backlog > (half * MB) / 2 && {
      'repl-backlog-size': backlogWithin(half * MB, memoryBytes),
    }),
  };
  if (maxmemory === null) {
    const text = `memory ${bytes(memoryBytes)} and no maxmemory: a server that outgrows it is killed`;
    return [tight(text, settings)];
  }
  if (maxmemory <= memoryBytes * 0.75) return [];
  const text = `maxmemory ${bytes(maxmemory)} of memory ${bytes(memoryBytes)}: a server may outgrow its container, and is killed then`;
  return [tight(text, settings)];
}

/** Set one by one, so what leaves room comes first: a backlog that grows comes after maxmemory. */
export function inSafeOrder(changes: readonly ConfigChange[]): ConfigChange[] {
  const isBacklog = ({ name }: ConfigChange) => name === 'repl-backlog-size';
  const rest = changes.filter((it) => !isBacklog(it));
  const backlog = changes.filter(isBacklog);
  const grows = backlog.some(
    ({ from, to }) => (confBytes(to ?? '') ?? 0) > (confBytes(from ?? '') ?? 0),
  );
  return grows ? [...rest, ...backlog] : [...backlog, ...rest];
}
