/**
 * sentinel.conf: what may be asked of a sentinel, the text that it starts with, and what of that
 * text it is told again when the wish changes. Pure.
 */
import { createHash } from 'node:crypto';
import { quoted } from '../format.js';
import { renderDirective } from './conf-file.js';
import type { Directive } from './directive.js';
import { isDirectiveName } from './directives.js';
import { fillTemplate } from './template.js';
import { withRecord } from './wish-record.js';

/** The port that a sentinel listens on inside its container. */
export const SENTINEL_PORT = 26379;

/** Below it one failover begets the next: the fresh link to the new master isn't up in time. */
export const LEAST_DOWN_AFTER_MS = 500;

/** Settings of the monitored master: said in sentinel.conf with its name, and at run time with SENTINEL SET. */
const OF_MASTER: ReadonlySet<string> = new Set([
  'quorum',
  'down-after-milliseconds',
  'failover-timeout',
  'parallel-syncs',
  'master-reboot-down-after-period',
]);

/** It is told with SENTINEL SET, not read at the start. */
export const isOfMaster = ({ name }: Pick<Directive, 'name'>): boolean => OF_MASTER.has(name);

/** What a sentinel is told of its master beside the quorum. */
export const masterSettings = (directives: readonly Directive[]): Directive[] =>
  directives.filter((it) => isOfMaster(it) && it.name !== 'quorum');

const ADDRESSES = 'sentinels and servers are known by the fixed addresses that they have';
const KNOWN = 'Sentinel finds it out and writes it itself';
const SCRIPTS = 'the script does not exist inside the container';
const LOGIN = 'rrepl must be let in, and the other sentinels too; use the option password';

/** Why the user can't set it. */
const OWNED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    port: 'every sentinel listens on 26379 inside its container',
    bind: 'a sentinel must listen on every address of its container to be reached',
    'protected-mode': 'it refuses every connection that comes from outside the container',
    dir: 'nothing is kept there',
    daemonize: 'the container stops as soon as the server leaves the foreground',
    supervised: 'no init system runs inside the container',
    pidfile: 'a container holds one process and nothing reads the file',
    logfile: "rrepl and docker logs read the container's output",
    include: "the file doesn't exist inside the container",
    sentinel: 'say the setting alone, like down-after-milliseconds: 1000',
    quorum: 'say it as quorum of sentinels, not in their config',
    monitor: 'rrepl says which master: the one that the topology has',
    myid: 'rrepl gives every sentinel one that stays',
    'resolve-hostnames': ADDRESSES,
    'announce-hostnames': ADDRESSES,
    'announce-ip': ADDRESSES,
    'announce-port': ADDRESSES,
    'known-replica': KNOWN,
    'known-slave': KNOWN,
    'known-sentinel': KNOWN,
    'current-epoch': KNOWN,
    'config-epoch': KNOWN,
    'leader-epoch': KNOWN,
    'notification-script': SCRIPTS,
    'client-reconfig-script': SCRIPTS,
    'rename-command': 'rrepl and the sentinels need the commands under their own names',
    'auth-pass': LOGIN,
    'auth-user': LOGIN,
    'sentinel-pass': LOGIN,
    'sentinel-user': LOGIN,
    requirepass: LOGIN,
    user: LOGIN,
    aclfile: LOGIN,
  }),
);

/** What a server that runs as a sentinel reads of redis.conf, and a sentinel has a use for. */
const OWN: readonly string[] = [
  ...['loglevel', 'syslog-enabled', 'syslog-ident', 'syslog-facility', 'always-show-logo'],
  ...['log-format', 'log-timestamp-format', 'hide-user-data-from-log'],
  ...['maxclients', 'maxmemory-clients', 'timeout', 'tcp-keepalive', 'tcp-backlog', 'io-threads'],
  ...['client-query-buffer-limit', 'client-output-buffer-limit', 'proto-max-bulk-len'],
  ...['hz', 'dynamic-hz', 'lua-time-limit', 'busy-reply-threshold', 'activerehashing'],
  ...['slowlog-log-slower-than', 'slowlog-max-len', 'latency-monitor-threshold', 'acllog-max-len'],
  ...['crash-log-enabled', 'crash-memcheck-enabled', 'set-proc-title', 'proc-title-template'],
  ...['oom-score-adj', 'disable-thp', 'server_cpulist', 'locale-collate', 'enable-debug-command'],
];

/** What the option config of sentinels may say. */
export const SENTINEL_SETTINGS: readonly string[] = [
  ...[...OF_MASTER].filter((name) => name !== 'quorum'),
  ...OWN,
];

/** `nothing` from 7.2 on. */
const LOG_LEVELS: readonly string[] = ['debug', 'verbose', 'notice', 'warning', 'nothing'];

/** What is wrong with the name of a setting as the user wrote it, or null. */
export function sentinelNameProblem(name: string): string | null {
  if (!isDirectiveName(name)) return `${quoted(name)} is not the name of a directive`;
  const lower = name.toLowerCase();
  const reason = lower.startsWith('tls-')
    ? 'rrepl makes the certificates and must trust them; use the option tls'
    : OWNED.get(lower);
  return reason === undefined ? null : `${name} can't be set: ${reason}`;
}

/** What is wrong with a setting's value, or null. Whether a server takes the rest is left to that server. */
export function sentinelValueProblem({ name, args }: Directive): string | null {
  const [value = ''] = args;
  if (name === 'loglevel' && !LOG_LEVELS.includes(args.join(' ').toLowerCase())) {
    return `loglevel must be ${LOG_LEVELS.slice(0, -1).join(', ')} or nothing`;
  }
  if (!isOfMaster({ name })) return null;
  if (args.length !== 1 || !/^\d{1,9}$/.test(value)) return `${name} must be a whole number`;
  if (name === 'down-after-milliseconds' && Number(value) < LEAST_DOWN_AFTER_MS) {
    return `${name} must be ${LEAST_DOWN_AFTER_MS} or more: below it one failover begets the next, because the link to the new master isn't up in time`;
  }
  if (name !== 'master-reboot-down-after-period' && Number(value) === 0) {
    return `${name} must be 1 or more`;
  }
  return null;
}

export interface SentinelConfNode {
  readonly name: string;
  /** Those of its master too, quorum among them. */
  readonly directives: readonly Directive[];
}

export interface Monitored {
  /** Of the master: the topology's. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The same for a node of a topology whenever it is made: the others know it again. */
export const sentinelId = (topology: string, node: string): string =>
  createHash('sha1').update(`rrepl ${topology} ${node}`).digest('hex');

/** What a sentinel is told of its master, as sentinel.conf has it. */
function monitorLines({ name, host, port }: Monitored, directives: readonly Directive[]): string[] {
  const quorum = directives.find((it) => it.name === 'quorum')?.args[0] ?? '1';
  return [
    `sentinel monitor ${name} ${host} ${port} ${quorum}`,
    ...masterSettings(directives).map((it) => `sentinel ${it.name} ${name} ${it.args[0]}`),
  ];
}

/**
 * The text that a sentinel starts with. It knows no master yet: a sentinel that meets one before
 * its replicas are in sync would miss them for up to ten seconds.
 */
export function renderSentinelConf(
  template: string,
  topology: string,
  node: SentinelConfNode,
  monitored: Monitored,
): string {
  const own = node.directives.filter((it) => !isOfMaster(it));
  return fillTemplate(template, {
    node: node.name,
    port: String(SENTINEL_PORT),
    id: sentinelId(topology, node.name),
    overrides: own.map(renderDirective).join('\n'),
    monitor: monitorLines(monitored, node.directives)
      .map((line) => `# ${line}`)
      .join('\n'),
  });
}

export interface SentinelRecord {
  readonly image: string;
  readonly port: number;
  readonly directives: readonly Directive[];
}

/** The same text with what was asked for as comments, which Sentinel keeps. */
export const withSentinelRecord = (conf: string, { image, port, directives }: SentinelRecord) =>
  withRecord(conf, { image, port, directives });
