/** rrepl.yaml -> what it wishes, and everything that is wrong with it, each with its place. */

import type { Problem } from '../errors.js';
import { readTopologyData, type TopologyWish } from './topology-data.js';
import { readYaml } from './yaml-file.js';

export interface ParsedTopologyFile {
  readonly wish: TopologyWish;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
}

/** Never throws. @param fileName what problems call the file. */
export function parseTopologyFile(text: string, fileName: string): ParsedTopologyFile {
  const yaml = readYaml(text, fileName);
  const { wish, complaints } = readTopologyData(yaml.data ?? {});
  return { wish, problems: [...yaml.problems, ...complaints.map(yaml.place)].sort(byPlace) };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
