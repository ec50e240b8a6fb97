/**
 * What rrepl knows about redis.conf directives: which are its own, which may repeat,
 * which are two names of one. Everything else is passed on to Redis, whose versions
 * and forks know different directives.
 */

import { quoted } from '../format.js';
import { type Directive, REDIS_PORT } from './directive.js';
import { findControlCharacter, QuotingError, splitArgs } from './quoting.js';

const LOGIN =
  'rrepl must be let in, and replicas too on whichever node is the master; use the option password';
const USERS = 'rrepl writes users on every node alike; use the option user';
const ANNOUNCE = 'replicas must be seen at the addresses that Docker gives them';

/** By canonical name: why the user can't set it. */
const OWNED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    port: 'every node listens on 6379 inside its container; the option port chooses the ports on this host',
    bind: 'a node must listen on every address of its container to be reached',
    'protected-mode': 'it refuses every connection that comes from outside the container',
    dir: 'data lives in /data, which is mounted; the option dir chooses a folder of this host for it',
    replicaof: 'rrepl writes it from the topology; say replicaOf in rrepl.yaml',
    'replica-read-only': 'a write on a replica would make its data differ from its master',
    'replica-announce-ip': ANNOUNCE,
    'replica-announce-port': ANNOUNCE,
    daemonize: 'the container stops as soon as the server leaves the foreground',
    supervised: 'no init system runs inside the container',
    pidfile: 'a container holds one process and nothing reads the file',
    logfile: "rrepl and docker logs read the container's output",
    'cluster-enabled':
      'a cluster node refuses replicaof, and rrepl builds replication without a cluster',
    sentinel: 'every node is a server, and a server refuses it',
    include: "the file doesn't exist inside the container; pass it with the option conf",
    'rename-command': 'rrepl needs the commands under their own names',
    requirepass: LOGIN,
    masterauth: LOGIN,
    masteruser: LOGIN,
    user: USERS,
    aclfile: USERS,
  }),
);

/** By canonical name: what holds anyway, so that whoever says it too is right. */
const AS_IT_IS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    port: String(REDIS_PORT),
    bind: '0.0.0.0',
    'protected-mode': 'no',
    dir: '/data',
    'replica-read-only': 'yes',
    daemonize: 'no',
    supervised: 'no',
    pidfile: '',
    logfile: '',
    'cluster-enabled': 'no',
  }),
);

const TLS = 'rrepl makes the certificates and must trust them; use the option tls';

/** Directives of which every line counts (redis, src/config.c and networking.c). */
export const REPEATABLE: ReadonlySet<string> = new Set([
  'save',
  'client-output-buffer-limit',
  'loadmodule',
]);

/** Valkey's names for two of Redis's. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['primaryauth', 'masterauth'],
  ['primaryuser', 'masteruser'],
]);

/**
 * One name for all the names of a directive, to compare by: `slave-priority` is
 * `replica-priority`, `hash-max-ziplist-entries` is `hash-max-listpack-entries`.
 */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return RENAMED.get(lower) ?? lower.replace('slave', 'replica').replace('ziplist', 'listpack');
}

/** Why the user can't set this directive, as a sentence without its end; null if they can. */
export function ownedReason(name: string): string | null {
  const canonical = canonicalName(name);
  if (canonical.startsWith('tls-')) return TLS;
  return OWNED.get(canonical) ?? null;
}

/** It says of an owned directive what holds anyway: nothing is to be done about it. */
export const isAsItIs = ({ name, args }: Directive): boolean =>
  AS_IT_IS.get(canonicalName(name)) === args.join(' ');

/** What is wrong with a directive's name as the user wrote it, or null. */
export function nameProblem(name: string): string | null {
  if (!isDirectiveName(name)) return `${quoted(name)} is not the name of a directive`;
  const reason = ownedReason(name);
  return reason === null ? null : `${name} can't be set: ${reason}`;
}

/** `maxmemory`, `server_cpulist`, `search.timeout`: what Redis and its modules use. */
export function isDirectiveName(name: string): boolean {
  return /^[a-z][a-z0-9._-]*$/i.test(name);
}

/** What is wrong with the unquoted arguments, or null. */
export function argsProblem(args: readonly string[]): string | null {
  if (args.length === 0) return 'a directive needs a value; write "" for an empty one';
  const found = findControlCharacter(args.join(''));
  return found === null ? null : `a value can't hold the control character ${found}`;
}

/** What is wrong with the text of a value, or null. */
export function valueProblem(text: string): string | null {
  try {
    // Also before splitting, which takes a line end for a space.
    return argsProblem([text.replaceAll('\t', ' ')]) ?? argsProblem(valueArgs(text));
  } catch (error) {
    if (error instanceof QuotingError) return error.message;
    throw error;
  }
}

/**
 * `name value` as a directive. The value is split as Redis splits a line, so `3600 1`
 * is two arguments; the empty text is one empty argument.
 * @throws QuotingError as `splitArgs`; `valueProblem` tells before.
 */
export function toDirective(name: string, value: string): Directive {
  return { name: name.toLowerCase(), args: valueArgs(value) };
}

/**
 * The directives that hold after every layer has had its say. Within a layer the last
 * line of a directive wins, but every line of a repeatable one counts. A later layer
 * replaces all lines that earlier ones have of a directive.
 */
export function mergeLayers(...layers: (readonly Directive[])[]): Directive[] {
  let merged: readonly Directive[] = [];
  for (const layer of layers) {
    const lines = layer.flatMap(onePointALine);
    merged = [...withoutDirectives(merged, lines), ...lastWins(lines)];
  }
  return [...merged];
}

/** `save 3600 1 300 100` is valid from 7.0 on; 6.0 ignores such a line without a word, but takes two. */
function onePointALine(directive: Directive): Directive[] {
  const { name, args } = directive;
  if (name !== 'save' || args.length <= 2 || args.length % 2 === 1) return [directive];
  return args.flatMap((seconds, index) =>
    index % 2 === 0 ? [{ name, args: [seconds, args[index + 1] ?? ''] }] : [],
  );
}

/** Those directives that `others` don't speak of. */
function withoutDirectives(directives: readonly Directive[], others: readonly Directive[]) {
  const names = directiveNames(others);
  return directives.filter((directive) => !names.has(canonicalName(directive.name)));
}

/** The canonical names of the directives. */
export function directiveNames(directives: readonly Directive[]): ReadonlySet<string> {
  return new Set(directives.map((directive) => canonicalName(directive.name)));
}

function lastWins(layer: readonly Directive[]): Directive[] {
  const last = new Map(layer.map((directive, index) => [canonicalName(directive.name), index]));
  return layer.filter(({ name }, index) => {
    const canonical = canonicalName(name);
    return REPEATABLE.has(canonical) || last.get(canonical) === index;
  });
}

function valueArgs(text: string): string[] {
  const args = splitArgs(text);
  return args.length === 0 ? [''] : args;
}
