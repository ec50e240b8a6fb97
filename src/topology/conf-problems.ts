/** What can't work in the redis.conf of the nodes, although each server would take its own. Pure. */
import { confValue } from '../config/conf-file.js';
import { memoryProblem } from '../config/memory.js';
import { renderNodeConf } from '../config/render.js';
import type { Problem } from '../errors.js';
import type { Directive, Topology } from './topology.js';

/** Where nobody says it, in every version and product. */
const DEFAULT_DATABASES = '16';

export const isDatabases = ({ name }: Directive): boolean => name === 'databases';

/** A replica goes on in the last database where it can't select one. */
export function databasesProblems(topology: Topology): Problem[] {
  const counts = byValue(topology, (conf) =>
    String(Number(confValue(conf, 'databases') || DEFAULT_DATABASES)),
  );
  if (counts.length < 2) return [];
  const seen = counts.map(([count, names]) => `${count} on ${names}`).join(' and ');
  const message = `must be the same on every node, not ${seen}: what is written into the others would land in a wrong one, and a full resync that has them ends the replica; say it in the config of all nodes, or with --set`;
  return [{ source: 'databases', message }];
}

export function memoryProblems(topology: Topology): Problem[] {
  const { memoryBytes } = topology.containers;
  return byValue(topology, (conf) => memoryProblem(conf, memoryBytes)).map(([message, names]) => ({
    source: names,
    message,
  }));
}

/** Each value with the names of its nodes. */
function byValue(
  topology: Topology,
  read: (conf: string) => string | null,
): (readonly [string, string])[] {
  const holders = new Map<string, string[]>();
  for (const node of topology.nodes) {
    const value = read(renderNodeConf(topology, node));
    if (value !== null) holders.set(value, [...(holders.get(value) ?? []), node.name]);
  }
  return [...holders].map(([value, names]) => [value, names.join(', ')]);
}
