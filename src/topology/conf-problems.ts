/** What can't work in the redis.conf of the nodes, although each server would take its own. Pure. */
import { confValue } from '../config/conf-file.js';
import { memoryProblem } from '../config/memory.js';
import { renderNodeConf } from '../config/render.js';
import type { Note, Problem } from '../errors.js';
import type { Directive, Topology } from './topology.js';

/** Where nobody says it, in every version and product. */
const DEFAULT_DATABASES = '16';

export const isDatabases = ({ name }: Directive): boolean => name === 'databases';

/** A replica goes on in the last database where it can't select one. */
export function databasesProblems(topology: Topology): Problem[] {
  const counts = byText(topology, (conf) => ({
    text: String(Number(confValue(conf, 'databases') || DEFAULT_DATABASES)),
  }));
  if (counts.length < 2) return [];
  const seen = counts.map(([{ text }, names]) => `${text} on ${names}`).join(' and ');
  const message = `must be the same on every node, not ${seen}: what is written into the others would land in a wrong one, and a full resync that has them ends the replica`;
  return [
    { source: 'databases', message, about: { code: 'databases-differ', source: 'databases' } },
  ];
}

export function memoryProblems(topology: Topology): Problem[] {
  const { memoryBytes } = topology.containers;
  return byText(topology, (conf) => memoryProblem(conf, memoryBytes)).map(
    ([{ text: message, ...rest }, source]) => ({ source, message, ...rest }),
  );
}

/** Each text with the names of its nodes. */
function byText(topology: Topology, read: (conf: string) => Note | null): [Note, string][] {
  const found = topology.nodes.map((node) => read(renderNodeConf(topology, node)));
  const notes = new Map(found.flatMap((note) => (note === null ? [] : [[note.text, note]])));
  return [...notes.values()].map((note) => {
    const names = topology.nodes.filter((_, index) => found[index]?.text === note.text);
    return [note, names.map(({ name }) => name).join(', ')];
  });
}
