/** A topology's status as people read it. */

import { MASK } from '../access/secret.js';
import { bytes, count, duration, plural } from '../format.js';
import type { KeptAside } from '../live/kept-aside.js';
import type { LastSync } from '../live/last-sync.js';
import { mastersAmong, severalMasters } from '../live/masters.js';
import type { SentinelStatus } from '../live/sentinel-status.js';
import type { NodeStatus, TopologyStatus } from '../live/status.js';
import { type Colours, coloursFor } from './colours.js';
import { headline, oneMasterAgain } from './headline.js';
import { table } from './table.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

/** Of a replication id: enough to tell a few apart. */
const ID_LENGTH = 8;

const HEAD = ['NODE', 'ROLE', 'STATE', 'UPSTREAM', 'LINK', 'OFFSET', 'LAG', 'LAST SYNC', 'URL'];

/** What is true of the whole, before the nodes one by one. */
export function headlineText(
  { topology, health, nodes, sentinels }: TopologyStatus,
  { stdout, env }: Output,
): string {
  const colours = coloursFor(stdout, env);
  const colour =
    health === 'well' ? colours.green : health === 'degraded' ? colours.yellow : colours.red;
  return wrapped(`${topology}: ${colour(headline(topology, nodes, sentinels))}\n`, stdout);
}

export function statusTable(status: TopologyStatus, { stdout, env }: Output): string {
  const { topology, nodes, sentinels = [] } = status;
  const colours = coloursFor(stdout, env);
  const rows = nodes.map((node) => row(node, colours));
  const problems = nodes
    .filter((node) => node.problem !== null)
    .map((node) => `${colours.yellow('!')} ${node.name}: ${node.problem}\n`);
  const kept = nodes.flatMap(({ name, setAside }) =>
    setAside === null ? [] : [`${keptText(topology, name, setAside)}\n`],
  );
  const histories = historiesLine(nodes);
  const masters = severalMasters(mastersAmong(nodes));
  const below = [
    masters === null ? '' : `${colours.red('!')} ${masters}; ${oneMasterAgain(topology)}\n`,
    ...problems,
    ...kept,
    histories === null ? '' : `${colours.yellow('!')} ${histories}\n`,
  ];
  return (
    table(HEAD, rows, stdout.isTTY ? stdout.columns : undefined) +
    wrapped(below.join(''), stdout) +
    sentinelTable(sentinels, colours, stdout)
  );
}

const SENTINEL_HEAD = ['SENTINEL', 'STATE', 'MASTER', 'QUORUM', 'EPOCH', 'SEES', 'ADDRESS'];

function sentinelTable(
  sentinels: readonly SentinelStatus[],
  colours: Colours,
  { isTTY, columns }: Output['stdout'],
): string {
  if (sentinels.length === 0) return '';
  const rows = sentinels.map((it) => [
    it.name,
    it.state === 'running' ? it.state : colours.red(it.state),
    it.master ?? '-',
    `${it.quorum ?? '-'}`,
    `${it.epoch ?? '-'}`,
    it.replicas === null || it.otherSentinels === null
      ? '-'
      : `${plural(it.replicas, 'replica')}, ${plural(it.otherSentinels, 'sentinel')}`,
    it.address ?? '-',
  ]);
  const problems = sentinels
    .filter((it) => it.problem !== null)
    .map((it) => `${colours.yellow('!')} ${it.name}: ${it.problem}\n`);
  return `\n${table(SENTINEL_HEAD, rows, isTTY ? columns : undefined)}${problems.join('')}`;
}

/** Null where all that answer have one replication id: then their offsets compare. */
function historiesLine(nodes: readonly NodeStatus[]): string | null {
  const groups = new Map<string, string[]>();
  for (const { name, replicationId } of nodes) {
    if (replicationId === null) continue;
    groups.set(replicationId, [...(groups.get(replicationId) ?? []), name]);
  }
  if (groups.size < 2) return null;
  const parts = [...groups].map(([id, names]) => `${names.join(', ')} ${id.slice(0, ID_LENGTH)}…`);
  return `histories differ (replication ids): ${parts.join('; ')}; offsets compare only within one`;
}

function row(node: NodeStatus, colours: Colours): string[] {
  return [
    node.name,
    node.role === 'master' ? colours.bold('master') : (node.role ?? '?'),
    node.state === 'running' ? node.state : colours.red(node.state),
    node.upstream ?? '-',
    node.link === null ? '-' : node.link === 'up' ? colours.green('up') : colours.red('down'),
    node.offset === null ? '?' : count(node.offset),
    node.role === 'master' ? '-' : node.lagBytes === null ? '?' : bytes(node.lagBytes),
    node.lastSync === null ? '-' : syncText(node.lastSync),
    node.url ?? '-',
  ];
}

function keptText(topology: string, node: string, { at, storage, bytes: size, keys }: KeptAside) {
  const what = keys === null ? bytes(size) : plural(keys, 'key');
  const restore = `rrepl restore ${node} --name ${topology}`;
  return `${node}: data of ${at.slice(0, 16).replace('T', ' ')} UTC set aside in ${storage}, ${what}: \`${restore}\` puts them back, \`${restore} --discard\` removes them`;
}

const syncText = ({ kind, at }: LastSync): string =>
  `${kind}, ${duration(Math.max(0, Date.now() - Date.parse(at)))} ago`;

/** The lines to paste: a client on every node, and the variable that many frameworks read. */
export function connectLines(status: TopologyStatus): string {
  const { topology, security, nodes } = status;
  const master = nodes.find((node) => node.role === 'master');
  if (master?.url == null) return '';
  const clients = nodes.flatMap(({ name, role, url }) =>
    url === null || role === null ? [] : [`${redisCli(status, url)}  # ${name}, ${role}`],
  );
  const masked = master.url.includes(`:${MASK}@`);
  const lines = [
    ...(security.tls ? [`rrepl ca --name ${topology} > ${caFile(topology)}`] : []),
    ...clients,
    masked ? `export $(rrepl env --name ${topology} --show-secrets)` : `REDIS_URL=${master.url}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const caFile = (topology: string): string => `${topology}-ca.crt`;

/** 6.0's redis-cli takes neither rediss:// nor a user in a URL. The password stays off its command line. */
function redisCli({ topology, security }: TopologyStatus, url: string): string {
  const { hostname, port } = new URL(url);
  const { password, user, tls } = security;
  if (!password && !tls) return `redis-cli -u ${url}`;
  return [
    ...(password ? [`REDISCLI_AUTH=$(rrepl password --name ${topology})`] : []),
    `redis-cli -h ${hostname} -p ${port}`,
    ...(user === null ? [] : [`--user ${user}`]),
    ...(tls ? [`--tls --cacert ${caFile(topology)}`] : []),
  ].join(' ');
}
