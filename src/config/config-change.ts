/** From one configuration to another: what differs, and what of it needs a restart. Pure. */

import { renderDirective, withoutDirectives } from './conf-file.js';
import type { Directive } from './directive.js';
import { canonicalName, REPEATABLE } from './directives.js';

export interface ConfigChange {
  /** As the wish names it. */
  readonly name: string;
  /** All its lines as one value, as CONFIG SET takes it; null if it is not there. */
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * What CONFIG SET refuses, asked from redis 6.0, 7.0, 8.0 and valkey 8.1 with each directive's
 * own value: immutable everywhere, protected from 7.0 on (dbfilename), or read at start only.
 */
const AT_START: ReadonlySet<string> = new Set([
  'always-show-logo',
  'aof-rewrite-cpulist',
  'appenddirname',
  'appendfilename',
  'bgsave-cpulist',
  'bio-cpulist',
  'cluster-config-file',
  'cluster-port',
  'databases',
  'dbfilename',
  'disable-thp',
  'enable-debug-command',
  'enable-module-command',
  'enable-protected-configs',
  'io-threads',
  'io-threads-do-reads',
  'loadmodule',
  'rdbchecksum',
  'server-cpulist',
  'set-proc-title',
  'socket-mark-id',
  'syslog-enabled',
  'syslog-facility',
  'syslog-ident',
  'tcp-backlog',
  'unixsocket',
  'unixsocketgroup',
  'unixsocketperm',
]);

export function configChanges(
  present: readonly Directive[],
  wished: readonly Directive[],
): ConfigChange[] {
  const [before, after] = [byName(present), byName(wished)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)];
    if (from?.value === to?.value) return [];
    const name = to?.name ?? from?.name ?? key;
    return [{ name, from: from?.value ?? null, to: to?.value ?? null }];
  });
}

/** What a directive is without its line differs between servers, so a line that goes needs a restart too. */
export const needsRestart = ({ name, to }: ConfigChange): boolean =>
  to === null || AT_START.has(canonicalName(name).replaceAll('_', '-'));

/** What says from which files a server loads its data: started with another value it loads others, or none. */
const LOADED_FROM: ReadonlySet<string> = new Set([
  'appenddirname',
  'appendfilename',
  'appendonly',
  'dbfilename',
]);

export const changesWhatIsLoaded = ({ name }: ConfigChange): boolean =>
  LOADED_FROM.has(canonicalName(name));

/** `maxmemory 1gb -> 2gb` */
export const changeText = ({ name, from, to }: ConfigChange): string =>
  `${name} ${shown(from)} -> ${shown(to)}`;

const shown = (value: string | null): string => (value === null ? '(default)' : value || '""');

function byName(directives: readonly Directive[]) {
  const values = new Map<string, { name: string; value: string }>();
  for (const { name, args } of directives) {
    const key = canonicalName(name);
    const before = REPEATABLE.has(key) ? values.get(key) : undefined;
    const value = [...(before ? [before.value] : []), ...args].join(' ');
    values.set(key, { name, value });
  }
  return values;
}

/**
 * A redis.conf with the changed directives as they are wished; every other line stays as it
 * is, what an operator has made durable too.
 */
export function changedConf(
  conf: string,
  changes: readonly ConfigChange[],
  wished: readonly Directive[],
): string {
  const names = new Set(changes.map(({ name }) => canonicalName(name)));
  const isChanged = ({ name }: Directive) => names.has(canonicalName(name));
  const kept = withoutDirectives(conf, (it) => isChanged(it) || isUnrestrictedUser(it));
  return (
    kept +
    wished
      .filter(isChanged)
      .map((it) => `${renderDirective(it)}\n`)
      .join('')
  );
}

/**
 * CONFIG REWRITE writes the default user out. That of 6.0 names no channels, and from 7.0 on
 * such a user may not use Pub/Sub. Without the line it may do all, as it could before.
 */
const isUnrestrictedUser = ({ name, args }: Directive): boolean =>
  /^user default on nopass (sanitize-payload )?~\* (&\* )?\+@all$/.test([name, ...args].join(' '));
