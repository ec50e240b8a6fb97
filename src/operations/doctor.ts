/** Whether `up` can work on this engine, and what may fail later. */
import { examine } from '../doctor/doctor.js';
import type { Finding } from '../doctor/finding.js';
import { thisHost } from '../doctor/this-host.js';
import type { Topology } from '../topology/topology.js';
import type { Engine, OperationOptions } from './operation.js';
import { endInTime, startRun } from './run.js';

export interface DoctorInput {
  /** What is to be brought up. */
  readonly topology: Topology;
}

const TIMEOUT_MS = 30_000;

/** Changes nothing. What is wrong is a finding, no error. 30 s unless `timeoutMs` says otherwise. */
export function doctor(
  { connectRuntime }: Engine,
  { topology }: DoctorInput,
  options: OperationOptions = {},
): Promise<Finding[]> {
  const begun = startRun(options, TIMEOUT_MS);
  return endInTime(begun, 'there is no answer', async ({ signal }) => {
    const connect = () => connectRuntime(signal);
    const findings = await examine({ connect, topology, host: thisHost });
    begun.signal.throwIfAborted();
    return findings;
  });
}
