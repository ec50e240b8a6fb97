/** All checks, in an order in which none disturbs another. */
import type { LiveTopology } from '../live/live-topology.js';
import { mastersAmong, severalMasters } from '../live/masters.js';
import type { Limits } from '../redis/wait.js';
import { type CheckResult, finding, overall, type VerifyReport } from './check.js';
import { data, PROBES, probe, readOnly } from './data-checks.js';
import { functions, LISTS, users } from './list-checks.js';
import { databases, durable, link, oneMaster, upstream } from './structure-checks.js';
import { readSubject, type Subject } from './subject.js';

/** The checks that compare replicas with the master. */
const COMPARISONS = [...PROBES, ...LISTS];

export async function verify(live: LiveTopology, limits: Limits): Promise<VerifyReport> {
  const subject = await readSubject(live, limits);
  const checks = await Promise.all([
    oneMaster(subject),
    ...subject.nodes.map((node) => upstream(subject, node)),
    ...subject.replicas.map((node) => link(subject, node)),
    ...subject.replicas.map((node) => databases(subject, node)),
    ...subject.nodes.map((node) => durable(subject, node)),
    ...subject.replicas.map((node) => readOnly(subject, node)),
  ]);
  checks.push(...(await dataChecks(subject)));
  return { topology: live.name, verdict: overall(checks), checks };
}

/** Without exactly one master there is nothing to compare with: none of these is decided. */
async function dataChecks(subject: Subject): Promise<CheckResult[]> {
  const { master, nodes, replicas } = subject;
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
    ...(await probe(subject, master)),
    ...(await data(subject, master)),
    ...(await functions(subject, master)),
    ...(await users(subject, master)),
  ];
}
