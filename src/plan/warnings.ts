/**
 * What goes with a wish and causes trouble later: said when containers are made or the setting
 * changes; what can't work, always. Pure.
 */
import { confValue } from '../config/conf-file.js';
import { isAboutMemory, memoryProblem, memoryWarnings } from '../config/memory.js';
import { renderNodeConf } from '../config/render.js';
import { isLoopback } from '../topology/loopback.js';
import type { Topology } from '../topology/topology.js';
import type { NodeWork } from './node-work.js';
import type { Step } from './plan.js';

export function wishWarnings(
  topology: Topology,
  steps: readonly Step[],
  works: readonly NodeWork[],
): string[] {
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
      : [`published on ${bind}: other machines reach the servers`]),
  ];
}

/** Roles move, so any node without persistence may be the master that restarts. */
function restartWarning(restart: string, confs: readonly string[]): string[] {
  const volatile = confs.filter((conf) => confValue(conf, 'appendonly') !== 'yes');
  if (volatile.length === 0) return [];
  const remedy = '`--set appendonly=yes` keeps every write';
  if (volatile.some((conf) => confValue(conf, 'save') === '')) {
    return [
      `restart ${restart}: a master that crashes restarts empty, because nothing is saved, and its replicas empty themselves at once; ${remedy}, save points the last snapshot`,
    ];
  }
  return [
    `restart ${restart}: a master that crashes restarts with its last snapshot, and its replicas drop what came after it too; ${remedy}`,
  ];
}
