/**
 * What goes with a wish and causes trouble later: said when containers are made or the setting
 * changes; what can't work, always. Pure.
 */
import { confValue } from '../config/conf-file.js';
import { isAboutMemory, memoryProblem, memoryWarnings } from '../config/memory.js';
import { renderNodeConf } from '../config/render.js';
import type { Note } from '../errors.js';
import { isLoopback } from '../topology/loopback.js';
import type { Topology } from '../topology/topology.js';
import type { NodeWork } from './node-work.js';
import type { Step } from './plan.js';

export function wishWarnings(
  topology: Topology,
  steps: readonly Step[],
  works: readonly NodeWork[],
): Note[] {
  const creates = steps.some((step) => step.kind === 'createContainer');
  const setsMemory = works.some(({ change }) => change.settings.some(isAboutMemory));
  const confs = topology.nodes.map((node) => renderNodeConf(topology, node));
  const { restart, memoryBytes, bind } = topology.containers;
  return [
    ...(creates && restart !== 'no' ? restartWarning(restart, confs) : []),
    ...confs.flatMap((conf) =>
      creates || setsMemory
        ? memoryWarnings(conf, memoryBytes)
        : (memoryProblem(conf, memoryBytes) ?? []),
    ),
    ...(!creates || isLoopback(bind)
      ? []
      : [{ text: `published on ${bind}: other machines reach the servers` }]),
  ];
}

/** Roles move, so any node without persistence may be the master that restarts. */
function restartWarning(restart: string, confs: readonly string[]): Note[] {
  const volatile = confs.filter((conf) => confValue(conf, 'appendonly') !== 'yes');
  if (volatile.length === 0) return [];
  const savePoints = volatile.every((conf) => confValue(conf, 'save') !== '');
  const what = savePoints
    ? 'with its last snapshot, and its replicas drop what came after it too'
    : 'empty, because nothing is saved, and its replicas empty themselves at once';
  const text = `restart ${restart}: a master that crashes restarts ${what}`;
  return [{ text, about: { code: 'restart-loses-writes', savePoints } }];
}
