/** All checks, in an order in which none disturbs another. */
import type { LiveTopology } from '../live/live-topology.js';
import { mastersAmong, severalMasters } from '../live/masters.js';
import type { Limits } from '../redis/wait.js';
import { type CheckResult, finding, overall, type VerifyReport } from './check.js';
import { beginChecks, type CheckRun } from './check-run.js';
import { data, PROBES, probe, readOnly } from './data-checks.js';
import { functions, LISTS, users } from './list-checks.js';
import { sentinels } from './sentinel-checks.js';
import { databases, durable, link, oneMaster, upstream } from './structure-checks.js';

/** The checks that compare replicas with the master. */
const COMPARISONS = [...PROBES, ...LISTS];

export async function verify(live: LiveTopology, limits: Limits): Promise<VerifyReport> {
  const run = await beginChecks(live, limits);
  const checks = await Promise.all([
    oneMaster(run),
    ...run.nodes.map((node) => upstream(run, node)),
    ...run.replicas.map((node) => link(run, node)),
    ...run.replicas.map((node) => databases(run, node)),
    ...run.nodes.map((node) => durable(run, node)),
    ...run.replicas.map((node) => readOnly(run, node)),
  ]);
  checks.push(...(await sentinels(run)));
  checks.push(...(await dataChecks(run)));
  return { topology: live.name, verdict: overall(checks), checks };
}

/** Without exactly one master there is nothing to compare with: none of these is decided. */
async function dataChecks(run: CheckRun): Promise<CheckResult[]> {
  const { master, nodes, replicas } = run;
  if (master === null) {
    const masters = mastersAmong(nodes.map(({ name, status: { role } }) => ({ name, role })));
    const seen = severalMasters(masters) ?? 'no master answers';
    return COMPARISONS.flatMap((claim) =>
      replicas.map(({ name }) => ({
        ...claim,
        node: name,
        ...finding('unknown', 'one master', seen),
      })),
    );
  }
  return [
    ...(await probe(run, master)),
    ...(await data(run, master)),
    ...(await functions(run, master)),
    ...(await users(run, master)),
  ];
}
