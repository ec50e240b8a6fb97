/** A topology's status as people read it. */

import { bytes, count, duration } from '../format.js';
import type { LastSync } from '../live/last-sync.js';
import type { NodeStatus, TopologyStatus } from '../live/status.js';
import { type Colours, coloursFor } from './colours.js';
import { table } from './table.js';

interface Output {
  readonly stdout: { isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
}

const HEAD = ['NODE', 'ROLE', 'STATE', 'UPSTREAM', 'LINK', 'OFFSET', 'LAG', 'LAST SYNC', 'URL'];

export function statusTable({ nodes }: TopologyStatus, { stdout, env }: Output): string {
  const colours = coloursFor(stdout, env);
  const rows = nodes.map((node) => row(node, colours));
  const problems = nodes
    .filter((node) => node.problem !== null)
    .map((node) => `${colours.yellow('!')} ${node.name}: ${node.problem}\n`);
  return table(HEAD, rows) + problems.join('');
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

const syncText = ({ kind, at }: LastSync): string =>
  `${kind}, ${duration(Math.max(0, Date.now() - Date.parse(at)))} ago`;

/** The lines to paste: a client on the master, and the variable that many frameworks read. */
export function connectLines({ nodes }: TopologyStatus): string {
  const master = nodes.find((node) => node.role === 'master');
  if (master?.url == null) return '';
  const clients = nodes
    .filter((node) => node.url !== null && node.role !== null)
    .map((node) => `redis-cli -u ${node.url}  # ${node.name}, ${node.role}\n`);
  return [...clients, `REDIS_URL=${master.url}\n`].join('');
}
