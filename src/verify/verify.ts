/** All checks, in an order in which none disturbs another. */
import type { LiveTopology } from '../live/live-topology.js';
import type { Limits } from '../redis/wait.js';
import { type CheckResult, overall, type VerifyReport } from './check.js';
import { data, probe, readOnly } from './data-checks.js';
import { functions, users } from './list-checks.js';
import { databases, durable, link, oneMaster, upstream } from './structure-checks.js';
import { readSubject, type Subject } from './subject.js';

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

/** Without exactly one master there is nothing to compare with, and `one-master` says so. */
async function dataChecks(subject: Subject): Promise<CheckResult[]> {
  const { master } = subject;
  if (master === null) return [];
  return [
    ...(await probe(subject, master)),
    ...(await data(subject, master)),
    ...(await functions(subject, master)),
    ...(await users(subject, master)),
  ];
}
