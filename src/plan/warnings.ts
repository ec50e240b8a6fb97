/** What goes with a wish and bites later: said when containers are made. Pure. */
import { confValue } from '../config/conf-file.js';
import { renderNodeConf } from '../config/render.js';
import { bytes } from '../format.js';
import { isLoopback } from '../topology/loopback.js';
import type { Topology } from '../topology/topology.js';
import type { Step } from './plan.js';

export function containerWarnings(topology: Topology, steps: readonly Step[]): string[] {
  if (!steps.some((step) => step.kind === 'createContainer')) return [];
  const confs = topology.nodes.map((node) => renderNodeConf(topology.template, node));
  const { restart, memoryBytes, bind } = topology.containers;
  return [
    ...(restart === 'no' ? [] : restartWarning(restart, confs)),
    ...(memoryBytes === null ? [] : memoryWarning(memoryBytes, confs)),
    ...(isLoopback(bind) ? [] : [`published on ${bind}: other machines reach the servers`]),
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

/** The server doesn't know of the limit, so it grows until the kernel kills it. */
function memoryWarning(limit: number, confs: readonly string[]): string[] {
  const unbounded = confs.some((conf) => /^0*$/.test(confValue(conf, 'maxmemory')));
  if (!unbounded) return [];
  const half = Math.floor(limit / 2 ** 21);
  return [
    `memory ${bytes(limit)} and no maxmemory: a server that outgrows it is killed; \`--set maxmemory=${half}mb\` leaves room for the backlog and for saving`,
  ];
}
